import type { Sample, Sampler } from '@skylark/core';

/** Reasons come from servers: only so many become labels. */
const mostReasons = 20;

export interface ImporterCounters {
  indexed(documents: number): void;
  removed(documents: number): void;
  deadLetter(reason: string): void;
  retried(): void;
  rebuilt(): void;
  /** Documents that wait to be indexed. */
  readonly outbox: (documents: number) => void;
  readonly samples: Sampler;
}

export function createImporterCounters(): ImporterCounters {
  const deadLetters = new Map<string, number>();
  const counts = { indexed: 0, removed: 0, retries: 0, rebuilds: 0, outbox: 0 };
  return {
    indexed: (documents) => void (counts.indexed += documents),
    removed: (documents) => void (counts.removed += documents),
    deadLetter(reason) {
      const slug = slugOf(reason);
      const label = deadLetters.has(slug) || deadLetters.size < mostReasons ? slug : 'other';
      deadLetters.set(label, (deadLetters.get(label) ?? 0) + 1);
    },
    retried: () => void (counts.retries += 1),
    rebuilt: () => void (counts.rebuilds += 1),
    outbox: (documents) => void (counts.outbox = documents),
    samples: () => [
      gauge('skylark_outbox_documents', 'Documents that wait to be indexed', counts.outbox),
      counter('skylark_index_documents_total', 'Documents put into the index', counts.indexed),
      counter('skylark_index_removals_total', 'Documents asked to be removed from the index', counts.removed),
      counter('skylark_index_retries_total', 'Tries that failed and are repeated', counts.retries),
      counter('skylark_index_rebuilds_total', 'Times the whole index was made anew from the anomaly log', counts.rebuilds),
      ...[...deadLetters].map(([reason, value]) => counter('skylark_index_dead_letters_total', 'Documents the index refused for good', value, { reason })),
    ],
  };
}

/** A label of what a server says: its words before any detail. */
function slugOf(reason: string): string {
  const words = reason.split(':', 1)[0]!.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return words.slice(0, 40) || 'unknown';
}

function gauge(name: string, help: string, value: number): Sample {
  return { name, help, kind: 'gauge', labels: {}, value };
}

function counter(name: string, help: string, value: number, labels: Record<string, string> = {}): Sample {
  return { name, help, kind: 'counter', labels, value };
}
