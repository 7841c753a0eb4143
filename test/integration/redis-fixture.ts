import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSkylarkError, silentLogger, type Logger, type SeriesStore } from '@skylark/core';
import { openRedisConnection, type RedisConnection } from '../../packages/storage/src/redis/connection/redis-connection.js';
import type { RedisSettings } from '../../packages/storage/src/redis/connection/redis-settings.js';
import { openRedisSeries, type RedisSeries } from '../../packages/storage/src/redis/series/open-redis-series.js';
import { realClock } from '../clock.js';

export interface OpenStore extends RedisSeries {
  readonly connection: RedisConnection;
}

export interface StoreOptions {
  readonly retentionSeconds?: number | null;
  readonly shards?: number;
  readonly logger?: Logger;
}

/** Everything that a test has to end, in reverse order. */
export interface Ending {
  add(end: () => Promise<unknown>): void;
  all(): Promise<void>;
}

export function ending(): Ending {
  const ends: (() => Promise<unknown>)[] = [];
  return {
    add: (end) => void ends.push(end),
    async all() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}

/** A client of the series in Redis, with a connection of its own. Eight shards, for ever, unless told otherwise. */
export async function openStore(settings: Partial<RedisSettings>, { retentionSeconds = null, shards = 8, logger = silentLogger }: StoreOptions = {}): Promise<OpenStore> {
  const connection = await openRedisConnection({ settings: { ack: 'local', prefix: 'test', ...settings }, clock: realClock, logger });
  try {
    return { connection, ...(await openRedisSeries({ connection, retentionSeconds, clock: realClock, logger, shards })) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

const metrics = Array.from({ length: 40 }, (_, i) => `load.${i}`);

/** Appends batch after batch, as a horizon does, and remembers what was acknowledged. */
export interface Load {
  /** Datapoints acknowledged so far. */
  acknowledged(): number;
  refused(): number;
  stop(): Promise<void>;
  /** Of the acknowledged datapoints, how many the store does not give back, or gives back wrong. */
  lost(store: SeriesStore): Promise<number>;
}

/** Each batch has one datapoint of each metric at the next second; a refused one is given up, so that what is acknowledged has holes. */
export function startLoad(store: SeriesStore, { from = 1_700_000_000, pauseMs = 0, every = 1, onBatch = () => undefined }: { from?: number; pauseMs?: number; every?: number; onBatch?: (second: number) => void } = {}): Load {
  const acknowledged: number[] = [];
  let refused = 0;
  let isOver = false;
  const run = async (): Promise<void> => {
    const handles = await store.handles(metrics);
    for (let second = from; !isOver; second += every) {
      const batch = { handles, timestamps: new Float64Array(metrics.length).fill(second), values: Float64Array.from(metrics, (_, i) => second + i / 8), length: metrics.length };
      try {
        await store.append(batch);
        acknowledged.push(second);
        onBatch(second);
      } catch (error) {
        if (!isSkylarkError(error)) throw error;
        refused += 1;
        await sleep(5);
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const running = run();
  return {
    acknowledged: () => acknowledged.length * metrics.length,
    refused: () => refused,
    async stop() {
      isOver = true;
      await running;
    },
    async lost(reader) {
      let lost = 0;
      const read = await reader.read(metrics, { from: 0, until: 2 ** 32 });
      for (const [i, { timestamps, values }] of read.entries()) {
        const found = new Map(Array.from(timestamps, (timestamp, k) => [timestamp, values[k]!]));
        for (const second of acknowledged) if (found.get(second) !== second + i / 8) lost += 1;
      }
      return lost;
    },
  };
}

/** Seals whatever there is, again and again, so that a fault meets that as well. */
export function startSealing(store: SeriesStore): { stop(): Promise<void> } {
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      for (let shard = 0; shard < store.shards && !isOver; shard += 1) {
        await store.maintain(shard, Date.now() / 1000 + 2 * 86_400).catch((error: unknown) => {
          if (!isSkylarkError(error)) throw error;
        });
      }
      await sleep(20);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}

export const freshPrefix = (): string => `test-${randomUUID()}`;
export const isSoak = process.env['SKYLARK_SOAK'] === '1';
