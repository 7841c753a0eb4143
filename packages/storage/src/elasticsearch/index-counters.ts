import type { Sample } from '@skylark/core';

/** What the adapter counts of itself; reasons come from a bounded set. */
export interface IndexCounters {
  requested(): void;
  /** A request that brought no usable reply: `timeout`, `connection`, `garbage`, `http-503` ... */
  failed(reason: string): void;
  /** Documents sent again because of what the server said of them. */
  repeated(documents: number): void;
  /** Indices or aliases that were missing and were made anew. */
  recreated(): void;
  /** Documents in the index that are not ours or damaged. */
  unreadable(): void;
  samples(): Sample[];
}

export function createIndexCounters(): IndexCounters {
  const counts = { requests: 0, repeats: 0, recreated: 0, unreadable: 0 };
  const failures = new Map<string, number>();
  return {
    requested: () => void (counts.requests += 1),
    failed: (reason) => void failures.set(reason, (failures.get(reason) ?? 0) + 1),
    repeated: (documents) => void (counts.repeats += documents),
    recreated: () => void (counts.recreated += 1),
    unreadable: () => void (counts.unreadable += 1),
    samples: () => [
      counter('skylark_index_requests_total', 'Requests to the index', counts.requests),
      ...[...failures].map(([reason, value]) => counter('skylark_index_failed_requests_total', 'Requests to the index without a usable reply', value, { reason })),
      counter('skylark_index_repeated_documents_total', 'Documents sent again because the index was busy', counts.repeats),
      counter('skylark_index_recreated_total', 'Indices or aliases that were missing and were made anew', counts.recreated),
      counter('skylark_index_unreadable_documents_total', 'Documents in the index that cannot be read', counts.unreadable),
    ],
  };
}

function counter(name: string, help: string, value: number, labels: Record<string, string> = {}): Sample {
  return { name, help, kind: 'counter', labels, value };
}
