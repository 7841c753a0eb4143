import { SkylarkError, type Clock, type Logger, type Sample, type SeriesStore } from '@skylark/core';
import { scratch } from '../../series/block-scratch.js';
import { createHandles } from '../../series/handles.js';
import { checkHandles, checkShard, placesByShard } from '../../series/shard-places.js';
import { repliesOf, type RedisConnection } from '../connection/redis-connection.js';
import { createAppendQueue } from './append-queue.js';
import { createDamage } from './damage.js';
import { createExtentsCaches } from './extents.js';
import { followShard } from './follow-shard.js';
import { createMaintenance } from './maintain.js';
import { spansOfShard } from './metric-spans.js';
import { createNameCaches, sortedNames } from './names.js';
import { readShard } from './read-shard.js';
import { removeFromShard } from './remove-metrics.js';
import { headFill, parseHead, readHead, type ShardHead } from './shard-head.js';
import { shardKeys } from './shard-keys.js';
import { openFormat } from './store-format.js';

export interface OpenRedisSeriesOptions {
  readonly connection: RedisConnection;
  /** null: for ever. */
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Only when the store is made; default 64. */
  readonly shards?: number;
}

export interface RedisSeries {
  readonly series: SeriesStore;
  samples(): readonly Sample[];
}

const daySeconds = 86_400;

/**
 * The `SeriesStore` on Redis; its contract is the port's comment, its keys are in `scripts.ts`, `chunks.ts` and `extents.ts`.
 *
 * The connection stays the caller's: it is closed by them, and calls reject with `store-closed` from then on.
 *
 * @throws SkylarkError `store-newer`, `store-corrupt`, `store-away`
 * @example const { series } = await openRedisSeries({ connection, retentionSeconds: 14 * 86_400, clock, logger });
 */
export async function openRedisSeries({ connection, retentionSeconds, logger, shards: wanted = 64 }: OpenRedisSeriesOptions): Promise<RedisSeries> {
  const shards = await openFormat(connection, wanted);
  const keys = Array.from({ length: shards }, (_, shard) => shardKeys(connection, shard));
  const handles = createHandles(shards);
  const damage = createDamage({ connection, keys, logger });
  const checkStore = async (): Promise<void> => {
    if ((await openFormat(connection, shards)) !== shards) throw new SkylarkError('store-corrupt', 'the store in Redis was made anew with another number of shards: restart needed');
  };
  const names = createNameCaches({ connection, shards, keys, damage, checkStore });
  const extents = createExtentsCaches({ connection, keys, damage });
  const reading = { connection, keys, damage, names, extents, scratch: scratch() };
  const append = createAppendQueue({ connection, keys, handles, names, damage, segmentTtlSeconds: retentionSeconds === null ? 0 : Math.ceil(retentionSeconds) + daySeconds });
  const heads = async (of: Iterable<number>): Promise<{ shard: number; head: ShardHead | null }[]> => {
    const list = [...of];
    const written = await connection.readMany(list.map((shard) => headFill(keys[shard]!.head)));
    return list.map((shard, i) => ({ shard, head: parseHead(repliesOf(written[i]!)[0]) }));
  };
  const perShard = async <T>(metrics: readonly string[], work: (at: { shard: number; head: ShardHead | null }, metrics: string[]) => Promise<T[]>): Promise<T[]> => {
    const places = placesByShard(metrics, shards);
    const results = new Array<T>(metrics.length);
    return damage.mending(places.keys(), async () => {
      for (const one of await heads(places.keys())) {
        const at = places.get(one.shard)!;
        const some = await work(one, at.map((i) => metrics[i]!));
        at.forEach((i, k) => (results[i] = some[k]!));
      }
      return results;
    });
  };
  const maintain = createMaintenance({ ...reading, logger, retentionSeconds });
  const series: SeriesStore = {
    shards,
    handles: async (metrics) => Uint32Array.from(metrics, (metric) => handles.of(metric)),
    async append(batch) {
      if (batch.length === 0) return;
      checkHandles(batch.handles, batch.length, handles.count());
      await append(batch);
    },
    async read(metrics, window) {
      const columns = await perShard(metrics, (at, some) => readShard(reading, at, some, window));
      return metrics.map((metric, i) => ({ metric, ...columns[i]! }));
    },
    list: async (shard, known) => damage.mending([checkShard(shard, shards)], async () => {
      const head = await readHead(connection, keys[shard]!.head);
      if (Number(head?.version ?? 0) === known) return null;
      const cache = await names.at(shard, head);
      return { version: Number(cache.version), metrics: sortedNames(cache) };
    }),
    spans: (metrics) => perShard(metrics, (at, some) => spansOfShard(reading, at, some)),
    async remove(metrics) {
      let removed = 0;
      for (const [shard, at] of placesByShard(metrics, shards)) removed += await damage.mending([shard], () => removeFromShard({ connection, keys: keys[shard]!, names }, shard, at.map((i) => metrics[i]!)));
      return removed;
    },
    follow: async (shard, cursor, limit) => damage.mending([checkShard(shard, shards)], () => followShard(reading, shard, cursor, limit)),
    maintain: async (shard, now) => damage.mending([checkShard(shard, shards)], () => maintain(shard, now)),
  };
  return { series, samples: () => damage.samples() };
}
