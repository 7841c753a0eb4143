import { SkylarkError, type DatapointBatch } from '@skylark/core';
import type { Fill, RedisConnection, Written } from '../connection/redis-connection.js';
import type { Handles } from '../../series/handles.js';
import { entryBytes } from '../../series/log-record.js';
import { scatter, type ShardPart } from '../../series/scatter.js';
import type { Damage } from './damage.js';
import { recordOf } from './log-segment.js';
import type { NameCaches, ShardCache } from './names.js';
import { appendScript } from './scripts.js';
import type { ShardKeys } from './shard-keys.js';

export interface AppendQueueOptions {
  readonly connection: RedisConnection;
  readonly keys: readonly ShardKeys[];
  readonly handles: Handles;
  readonly names: NameCaches;
  readonly damage: Damage;
  /** Seconds that a log segment lives at most; 0: for ever. */
  readonly segmentTtlSeconds: number;
}

/** An append that waits to be written. */
interface Waiting {
  readonly parts: readonly ShardPart[];
  readonly datapoints: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is written in one go: 16 MB of log records. */
const datapointsPerGroup = 2 ** 20;
/** How often ids may turn out void before an append is given up: each time somebody removed or registered names in between. */
const triesAtMost = 50;

/**
 * Writes batches in the order they were handed over, one command a shard: what waits while one group is on its way makes the next. So two appends of one
 * process never overtake each other, and many small ones cost as much as a large one. The arrays of a batch are free again at once.
 */
export function createAppendQueue(options: AppendQueueOptions): (batch: DatapointBatch) => Promise<void> {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      waiting = waiting.slice(group.length);
      await writeGroup(options, group);
    }
    isRunning = false;
  };
  return (batch) => new Promise((resolve, reject) => {
    const parts = scatter(batch, options.handles.shardOf(), options.keys.length);
    waiting.push({ parts, datapoints: batch.length, resolve, reject });
    if (!isRunning) void run();
  });
}

function takeGroup(waiting: readonly Waiting[]): Waiting[] {
  let datapoints = 0;
  const end = waiting.findIndex((one, i) => i > 0 && (datapoints += waiting[i - 1]!.datapoints) + one.datapoints > datapointsPerGroup);
  return waiting.slice(0, end < 0 ? waiting.length : end);
}

/** Never rejects: each append of the group gets its own answer. */
async function writeGroup(options: AppendQueueOptions, group: readonly Waiting[]): Promise<void> {
  const failures = new Map<Waiting, unknown>();
  const byShard = new Map<number, { part: ShardPart; of: Waiting }[]>();
  for (const one of group) {
    for (const part of one.parts) {
      const parts = byShard.get(part.shard);
      if (parts) parts.push({ part, of: one });
      else byShard.set(part.shard, [{ part, of: one }]);
    }
  }
  const failed = (shard: number, error: unknown): void => {
    for (const { of } of byShard.get(shard)!) failures.set(of, error);
    byShard.delete(shard);
  };
  for (let tries = 0; byShard.size > 0; tries += 1) {
    if (tries >= triesAtMost) for (const shard of [...byShard.keys()]) failed(shard, new SkylarkError('store-away', `names of shard ${shard} change faster than they can be looked up`));
    await writeShards(options, byShard, failed, tries);
  }
  for (const one of group) {
    if (failures.has(one)) one.reject(failures.get(one));
    else one.resolve();
  }
}

type Failed = (shard: number, error: unknown) => void;
type ByShard = Map<number, { part: ShardPart; of: Waiting }[]>;

/** Writes what is there by shard; what is written or failed for good is taken out, what met void ids stays. */
async function writeShards(options: AppendQueueOptions, byShard: ByShard, failed: Failed, tries: number): Promise<void> {
  const { connection, keys, damage } = options;
  const fills: { shard: number; fill: Fill }[] = [];
  await Promise.all([...byShard].map(async ([shard, parts]) => {
    try {
      const cache = await damage.mending([shard], () => idsFor(options, shard, parts.map(({ part }) => part)));
      const records = parts.map(({ part }) => recordOf(part, options.handles.ids()));
      fills.push({ shard, fill: (pipeline) => pipeline.eval(appendScript, 1, keys[shard]!.head, cache.version, keys[shard]!.logPrefix, options.segmentTtlSeconds, ...records) });
    } catch (error) {
      failed(shard, error);
    }
  }));
  const written = await connection.writeMany(fills.map(({ fill }) => fill));
  for (const [i, { shard }] of fills.entries()) await settle(options, byShard, { shard, written: written[i]!, failed, mayMend: tries < 2 });
}

async function settle({ names, damage }: AppendQueueOptions, byShard: ByShard, { shard, written, failed, mayMend }: { shard: number; written: Written; failed: Failed; mayMend: boolean }): Promise<void> {
  try {
    if ('replies' in written && written.replies[0] === 1) byShard.delete(shard);
    else if ('replies' in written) await names.refreshed(shard);
    else if (written.error.code === 'store-corrupt' && mayMend) await damage.mend(shard);
    else failed(shard, written.error);
  } catch (error) {
    failed(shard, error);
  }
}

/** Looks up the ids of a part's handles; registers names that have none. The version they are good for is the cache's. */
async function idsFor({ handles, names }: AppendQueueOptions, shard: number, parts: readonly ShardPart[]): Promise<ShardCache> {
  let cache = await names.known(shard);
  for (;;) {
    handles.forgetIds(shard, cache.generation);
    const ids = handles.ids();
    const missing = new Set<number>();
    for (const { layout, count, words } of parts) {
      const stride = entryBytes(layout) / 4;
      for (let i = 0, at = 4; i < count; i += 1, at += stride) {
        const handle = words[at]!;
        if (ids[handle] === 0) missing.add(handle);
      }
    }
    for (const handle of missing) {
      const id = cache.ids.get(handles.nameOf(handle));
      if (id !== undefined) {
        ids[handle] = id;
        missing.delete(handle);
      }
    }
    if (missing.size === 0) return cache;
    cache = await names.register(shard, [...missing].map((handle) => handles.nameOf(handle)));
  }
}
