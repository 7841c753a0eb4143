import type { AnomalyLog, NameMatcher, SeriesStore, Window } from '@skylark/core';

export interface ReadingOrderOptions {
  readonly series: SeriesStore;
  readonly log: Pick<AnomalyLog, 'query'>;
}

/** What is read of the store, and for whom. */
export interface Reading {
  /** The query's metric; undefined for a curve. */
  readonly metric: string | undefined;
  readonly window: Window;
  readonly accepts: NameMatcher;
  /** Names a batch. */
  readonly atOnce: number;
}

/** Live series in batches, in the order they are worth reading in. */
export type ReadingOrder = (reading: Reading) => AsyncGenerator<readonly string[]>;

const anomaliesAtOnce = 1000;

/**
 * All live series, the likeliest first, so that a search that runs out of time has looked at those: the metrics that had anomalies in the window; then those that share the most
 * segments with the query's name (one machine, one service); within these by shard, as the store reads them fastest.
 */
export function createReadingOrder({ series, log }: ReadingOrderOptions): ReadingOrder {
  const names = createNameCache(series);

  return async function* order({ metric, window, accepts, atOnce }) {
    const anomalous = new Set((await anomalousMetrics(log, window)).filter(accepts));
    yield* batches([...anomalous], atOnce);
    const segments = new Set(metric?.split('.') ?? []);
    const alike: string[][] = Array.from({ length: segments.size + 1 }, () => []);
    for (let shard = 0; shard < series.shards; shard += 1) {
      for (const name of await names(shard)) if (accepts(name) && !anomalous.has(name)) alike[shared(name, segments)]!.push(name);
      // A turn for others: names are many.
      await new Promise(setImmediate);
    }
    for (const some of alike.reverse()) yield* batches(some, atOnce);
  };
}

async function anomalousMetrics(log: Pick<AnomalyLog, 'query'>, { from, until }: Window): Promise<string[]> {
  const metrics = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await log.query({ state: 'all', from, until, limit: anomaliesAtOnce, ...(cursor !== undefined && { cursor }) });
    for (const { metric } of page.anomalies) metrics.add(metric);
    cursor = page.nextCursor;
    if (cursor === undefined) return [...metrics];
  }
}

/** Segments of the name that are among those of another. */
function shared(name: string, segments: ReadonlySet<string>): number {
  if (segments.size === 0) return 0;
  return Math.min(segments.size, name.split('.').filter((segment) => segments.has(segment)).length);
}

function* batches(names: readonly string[], size: number): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += size) yield names.slice(at, at + size);
}

/** Names of a shard, read again only when they have changed. */
function createNameCache(series: SeriesStore): (shard: number) => Promise<readonly string[]> {
  const known = new Map<number, { version: number; metrics: readonly string[] }>();
  return async (shard) => {
    const before = known.get(shard);
    const names = await series.list(shard, before?.version);
    if (names === null) return before?.metrics ?? [];
    known.set(shard, names);
    return names.metrics;
  };
}
