import type { Backend, Clock, DatapointBatch, Logger, SeriesStore } from '@skylark/core';
import { afterEach } from 'vitest';

/** A fresh store and the ways into it that a contract suite needs. */
export interface BackendUnderTest {
  readonly backend: Backend;
  /** One more client of the same store, as another thread or process has it. */
  another(): Promise<Backend>;
  /** Closes everything and opens the same store again. */
  reopen(): Promise<Backend>;
  /** Closes everything and removes the store. */
  end(): Promise<void>;
}

export interface BackendTestOptions {
  /** Default null: for ever. */
  readonly retentionSeconds?: number | null;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export type MakeBackend = (options?: BackendTestOptions) => Promise<BackendUnderTest>;

/** Makes stores for the tests of one suite, and ends them after each test. */
export function backendsOf(makeBackend: MakeBackend): MakeBackend {
  const made: BackendUnderTest[] = [];
  afterEach(async () => {
    for (const one of made.splice(0)) await one.end();
  });
  return async (options) => {
    const one = await makeBackend(options);
    made.push(one);
    return one;
  };
}

/** The system's clock, whose wall time can be moved. */
export function movableClock(): Clock & { move(seconds: number): void } {
  let offset = 0;
  return {
    now: () => Date.now() / 1000 + offset,
    elapsedMs: () => performance.now(),
    sleep: (ms, signal) => new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms).unref();
      signal?.addEventListener('abort', finish, { once: true });
    }),
    move: (seconds) => void (offset += seconds),
  };
}

/** Keeps what was logged at warn and error. */
export function keepingLogger(): Logger & { readonly lines: { event: string; fields: unknown }[] } {
  const lines: { event: string; fields: unknown }[] = [];
  const keep = (event: string, fields?: unknown): void => void lines.push({ event, fields });
  return { lines, debug() {}, info() {}, warn: keep, error: keep };
}

export type Point = readonly [metric: string, timestamp: number, value: number];

/** A batch of points in order. */
export async function batchOf(series: SeriesStore, points: readonly Point[]): Promise<DatapointBatch> {
  return {
    handles: await series.handles(points.map(([metric]) => metric)),
    timestamps: Float64Array.from(points, ([, timestamp]) => timestamp),
    values: Float64Array.from(points, ([, , value]) => value),
    length: points.length,
  };
}

export async function append(series: SeriesStore, points: readonly Point[]): Promise<void> {
  await series.append(await batchOf(series, points));
}

/** Everything of some metrics, as pairs. */
export async function pairs(series: SeriesStore, metrics: readonly string[], window = { from: 0, until: 2 ** 32 }): Promise<[number, number][][]> {
  const read = await series.read(metrics, window);
  return read.map(({ timestamps, values }) => Array.from(timestamps, (timestamp, i): [number, number] => [timestamp, values[i]!]));
}

export async function allNames(series: SeriesStore): Promise<string[]> {
  const names: string[] = [];
  for (let shard = 0; shard < series.shards; shard += 1) names.push(...((await series.list(shard))?.metrics ?? []));
  return names.sort();
}

export async function maintainAll(series: SeriesStore, now: number): Promise<void> {
  for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, now);
}
