import type { Logger, Sample } from '@skylark/core';
import type { RedisConnection } from '../connection/redis-connection.js';
import { setAsideChunkScript, setAsideKeyScript } from './scripts.js';
import type { ShardKeys } from './shard-keys.js';

export type DamageKind = 'log' | 'block' | 'name' | 'extents' | 'key';

/** What was found that is not ours, or not as we wrote it: counted once, set aside, never served. */
export interface Damage {
  found(kind: DamageKind, where: string): void;
  /** Renames a key; it goes after a week. With a type: only if it is of another. */
  setAside(key: string, aside: string, type?: string): Promise<void>;
  /** Takes a chunk out of an hour's blocks, unless it was written anew meanwhile. */
  setAsideChunk(keys: ShardKeys, key: string, chunk: string, bytes: Buffer): Promise<void>;
  /** Looks at every key of a shard and sets aside those of a wrong type. */
  mend(shard: number): Promise<void>;
  /** Runs what meets a key of a wrong type once more after mending its shard. */
  mending<T>(shards: Iterable<number>, work: () => Promise<T>): Promise<T>;
  /** Numbers of the segments of a shard's log that are there, ascending: for a head that was lost. */
  segmentsFound(shard: number): Promise<number[]>;
  /** Hours of a shard that have blocks, ascending: for extents that were lost. */
  hoursFound(shard: number, era: string): Promise<number[]>;
  samples(): readonly Sample[];
}

const asideSeconds = 7 * 86_400;
/** Found again and again until they are set aside: remembered, so that each counts once. */
const rememberAtMost = 10_000;
/** By the letter in a key. */
const types: Readonly<Record<string, string>> = { H: 'hash', N: 'hash', R: 'set', L: 'string', B: 'hash', E: 'string' };

export function createDamage({ connection, keys, logger }: { connection: RedisConnection; keys: readonly ShardKeys[]; logger: Logger }): Damage {
  const seen = new Set<string>();
  const counts = new Map<DamageKind, number>();
  const found = (kind: DamageKind, where: string): void => {
    const text = `${kind} ${where}`;
    if (seen.has(text) || seen.size >= rememberAtMost) return;
    seen.add(text);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    logger.error('store.damaged-record', { kind, where });
  };
  const keysOf = async (shard: number, part: string): Promise<string[]> => {
    const prefix = connection.key(shard, part);
    return (await scanKeys(connection, `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`)).filter((key) => key.startsWith(prefix));
  };
  const setAside = async (key: string, aside: string, type = ''): Promise<void> => {
    const moved = await connection.script(setAsideKeyScript, [key, aside], [type, asideSeconds], { evenWhenFull: true });
    if (moved === 1) found('key', key);
  };
  const mend = async (shard: number): Promise<void> => {
    const prefix = connection.key(shard, '');
    for (const key of await keysOf(shard, '')) {
      const type = types[key.charAt(prefix.length)];
      if (type !== undefined) await setAside(key, keys[shard]!.aside(key.slice(prefix.length)), type);
    }
  };
  const numbersIn = async (shard: number, part: string, place: number): Promise<number[]> => {
    const found = (await keysOf(shard, part)).map((key) => Number(key.slice(connection.key(shard, '').length).split(':')[place]));
    return [...new Set(found.filter(Number.isSafeInteger))].sort((a, b) => a - b);
  };
  return {
    found,
    setAside,
    async setAsideChunk(shardKeys, key, chunk, bytes) {
      found('block', `${key} ${chunk}`);
      await connection.script(setAsideChunkScript, [key, shardKeys.aside('blocks')], [chunk, bytes, asideSeconds], { evenWhenFull: true });
    },
    mend,
    async mending(shards, work) {
      try {
        return await work();
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'store-corrupt') throw error;
        for (const shard of shards) await mend(shard);
        return work();
      }
    },
    segmentsFound: (shard) => numbersIn(shard, 'L:', 2),
    hoursFound: (shard, era) => numbersIn(shard, `B:${era}:`, 2),
    samples: () => [...counts].map(([kind, value]): Sample => ({ name: 'skylark_store_damaged_records_total', help: 'Records that were not as they were written and were set aside', kind: 'counter', labels: { kind }, value })),
  };
}

/** Of all nodes, in slices. Slow: for mending only. */
async function scanKeys(connection: RedisConnection, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for (const node of connection.nodes()) {
    let cursor = '0';
    do {
      const [next, some] = await connection.read(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', 5000));
      keys.push(...some);
      cursor = next;
    } while (cursor !== '0');
  }
  return keys;
}
