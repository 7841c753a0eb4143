import type { Backend } from '@skylark/core';

/** What `skylark db verify` says of a store that runs. */
export interface StoreReport {
  /** Nothing that was read is damaged. */
  readonly ok: boolean;
  readonly metrics: number;
  readonly datapoints: number;
  /** What the store says of itself once all was read. */
  readonly reason?: string;
}

const slice = 64;

/** Reads every datapoint there is, some metrics at a time: the store checks each record's checksum and sets damaged ones aside. */
export async function verifyStore(backend: Pick<Backend, 'series' | 'health'>): Promise<StoreReport> {
  const { series } = backend;
  const all = { from: 0, until: 2 ** 32 };
  let metrics = 0;
  let datapoints = 0;
  for (let shard = 0; shard < series.shards; shard++) {
    const names = (await series.list(shard))?.metrics ?? [];
    for (let start = 0; start < names.length; start += slice) {
      for (const { values } of await series.read(names.slice(start, start + slice), all)) datapoints += values.length;
    }
    metrics += names.length;
  }
  const store = (await backend.health()).find(({ name }) => name === 'store');
  return { ok: store?.ok ?? true, metrics, datapoints, ...(store?.reason === undefined ? {} : { reason: store.reason }) };
}
