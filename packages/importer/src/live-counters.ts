import type { Sample, Sampler } from '@skylark/core';

export interface LiveCounters {
  made(generation: { readonly documents: number; readonly failures: readonly unknown[]; readonly tookMs: number }): void;
  failed(): void;
  readonly samples: Sampler;
}

export function createLiveCounters(): LiveCounters {
  const counts = { generations: 0, failed: 0, documents: 0, refused: 0, tookMs: 0 };
  const sample = (kind: Sample['kind'], name: string, help: string, value: number): Sample => ({ name, help, kind, labels: {}, value });
  return {
    made({ documents, failures, tookMs }) {
      counts.generations += 1;
      counts.refused += failures.length;
      counts.documents = documents;
      counts.tookMs = tookMs;
    },
    failed: () => void (counts.failed += 1),
    samples: () => [
      sample('counter', 'skylark_live_generations_total', 'Times all live series were indexed', counts.generations),
      sample('counter', 'skylark_live_failures_total', 'Times indexing all live series failed and was put off', counts.failed),
      sample('counter', 'skylark_live_refused_documents_total', 'Live series the index refused', counts.refused),
      sample('gauge', 'skylark_live_documents', 'Live series in the last generation', counts.documents),
      sample('gauge', 'skylark_live_generation_seconds', 'What the last generation took', counts.tookMs / 1000),
    ],
  };
}
