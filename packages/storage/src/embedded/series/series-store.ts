import type { Clock, Logger, SeriesStore } from '@skylark/core';
import { scratch } from '../../series/block-scratch.js';
import { createHandles } from '../../series/handles.js';
import { dueMinute } from '../../series/seal-due.js';
import { checkHandles, checkShard, placesByShard } from '../../series/shard-places.js';
import type { Tree } from '../tree.js';
import { prepareAppend } from './append-batch.js';
import { expireShard } from './expire.js';
import { followShard } from './follow-shard.js';
import { spansOfShard } from './metric-spans.js';
import { createNameCaches, sortedNames } from './names.js';
import { readShard } from './read-series.js';
import { removeFromShard } from './remove-metrics.js';
import { sealShard } from './seal.js';
import { readHead } from './shard-head.js';

export interface SeriesStoreOptions {
  readonly tree: Tree;
  readonly shards: number;
  /** null: for ever. */
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether names were found damaged since the start: then their copies are read as well. */
  readonly damagedNames: () => boolean;
}

/** The `SeriesStore` on the tree; its contract is the port's comment. */
export function createSeriesStore({ tree, shards, retentionSeconds, clock, logger, damagedNames }: SeriesStoreOptions): SeriesStore {
  const handles = createHandles(shards);
  const names = createNameCaches(shards, damagedNames);
  const reading = { tree, names, scratch: scratch() };
  const appending = { handles, names, shards, arrivalMinute: () => Math.max(1, Math.floor(clock.now() / 60)) };
  /** Appends under way that may have registered names: until they are done, names run ahead of what is committed. */
  let underway: Promise<unknown> = Promise.resolve();
  const perShard = async <T>(metrics: readonly string[], work: (shard: number, metrics: string[]) => T[] | Promise<T[]>): Promise<T[]> => {
    const places = placesByShard(metrics, shards);
    const results = new Array<T>(metrics.length);
    for (const [shard, at] of places) {
      const some = await work(shard, at.map((i) => metrics[i]!));
      at.forEach((i, k) => (results[i] = some[k]!));
    }
    return results;
  };
  return {
    shards,
    handles: async (metrics) => Uint32Array.from(metrics, (metric) => handles.of(metric)),
    async append(batch) {
      if (batch.length === 0) return;
      checkHandles(batch.handles, batch.length, handles.count());
      const written = tree.write(prepareAppend(appending, batch));
      underway = Promise.allSettled([underway, written]);
      await written.catch((error: unknown) => {
        // Names registered in vain: what the caches say of them is not so.
        names.drop();
        handles.forgetAllIds();
        throw error;
      });
    },
    async read(metrics, window) {
      const columns = await perShard(metrics, (shard, some) => readShard(reading, shard, some, window));
      return metrics.map((metric, i) => ({ metric, ...columns[i]! }));
    },
    async list(shard, known) {
      for (;;) {
        tree.fresh();
        const head = readHead(tree, checkShard(shard, shards));
        if (head.version === known) return null;
        const cache = names.at(tree, shard, head);
        if (cache.version === head.version) return { version: head.version, metrics: sortedNames(cache) };
        await underway;
      }
    },
    spans: (metrics) => perShard(metrics, (shard, some) => spansOfShard(tree, names, shard, some)),
    async remove(metrics) {
      let removed = 0;
      for (const [shard, at] of placesByShard(metrics, shards)) removed += await removeFromShard(tree, names, shard, at.map((i) => metrics[i]!));
      return removed;
    },
    follow: async (shard, cursor, limit) => followShard(tree, names, { shard: checkShard(shard, shards), cursor, limit }),
    async maintain(shard, now) {
      const firstKeptHour = retentionSeconds === null ? 0 : Math.max(0, Math.floor((now - retentionSeconds) / 3600));
      for (;;) {
        tree.fresh();
        const head = readHead(tree, checkShard(shard, shards));
        const minute = dueMinute({ ...head, isEmpty: head.firstSequence === head.nextSequence }, shard, now);
        if (minute === null || !(await sealShard({ tree, names, logger, firstKeptHour }, shard, minute))) break;
      }
      if (firstKeptHour > 0) await expireShard(tree, names, shard, firstKeptHour);
    },
  };
}
