import type { DatapointBatch, Series, Window } from '../series.js';

export interface MetricSpan {
  readonly metric: string;
  /** Seconds; null when the store holds no datapoint of it (any more). */
  readonly firstTimestamp: number | null;
  readonly lastTimestamp: number | null;
}

/** Names of one shard, sorted by code unit. `version` changes whenever the list does, and only then. */
export interface ShardNames {
  readonly version: number;
  readonly metrics: readonly string[];
}

/** What is new in a shard: per metric, in the order first seen; timestamps ascending within a series. */
export interface ShardNews {
  /** Give it to the next call. */
  readonly cursor: string;
  readonly series: readonly Series[];
  /** True when the cursor is older than what the log still holds: something was missed, read the windows anew. */
  readonly missed: boolean;
}

/**
 * Keeps the datapoints of all metrics.
 *
 * Contract, for every backend:
 * - `shard = fnv1a(metric) % shards`; the count is fixed when a store is made and kept in it.
 * - `append` is all or nothing for the caller: it resolves when every datapoint of the batch survives any
 *   process kill (embedded: any loss of power too) and is seen by every later `read` of every process;
 *   it rejects with `store-away`, `store-full` or `store-failed` when that cannot be promised, and may then be repeated: the
 *   same batch twice is the same as once.
 * - The last written wins per (metric, timestamp), by order of append, across calls and within one batch.
 * - A timestamp is in seconds, may have a fraction, is positive and below 2^32. Values are finite. The caller checks.
 * - Nothing a reader gets was invented: a record that fails its checksum is set aside and counted, never served.
 * - Calls may overlap freely, from several threads and processes (servers) or threads (embedded).
 * - Empty input is fine everywhere and does nothing.
 */
export interface SeriesStore {
  readonly shards: number;
  /**
   * Names to handles for `append`, one for each name, in order; unknown names are registered when first appended.
   * A handle belongs to this store object, stays valid until it is closed, and brings a removed metric back when appended to.
   * Cheap for known names, but a caller on a hot path caches them.
   */
  handles(metrics: readonly string[]): Promise<Uint32Array>;
  append(batch: DatapointBatch): Promise<void>;
  /** The datapoints of each metric in the window, one series for each name in the order asked; unknown: empty. Columns are the caller's own. */
  read(metrics: readonly string[], window: Window): Promise<Series[]>;
  /** The names of a shard, or null when its version is still `known`. */
  list(shard: number, known?: number): Promise<ShardNames | null>;
  /** First and last timestamps, one for each name in the order asked. */
  spans(metrics: readonly string[]): Promise<MetricSpan[]>;
  /** Forgets metrics with all their datapoints; answers how many existed. */
  remove(metrics: readonly string[]): Promise<number>;
  /** What was appended to a shard since the cursor, at most about `limit` datapoints a call; without a cursor: nothing, but a cursor from now on. */
  follow(shard: number, cursor: string | null, limit: number): Promise<ShardNews>;
  /** Seals and forgets what is due in a shard at `now`; idempotent, may be killed anywhere. One caller a shard at a time. */
  maintain(shard: number, now: number): Promise<void>;
}
