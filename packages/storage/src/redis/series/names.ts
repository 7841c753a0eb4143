import { shardOf } from '@skylark/core';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Damage } from './damage.js';
import { namesLostScript, openShardScript, registerScript } from './scripts.js';
import { readHead, type ShardHead } from './shard-head.js';
import type { ShardKeys } from './shard-keys.js';

/** The names of a shard as this process knows them, at a version. Never changed once others have seen it, but for names that are added. */
export interface ShardCache {
  readonly era: string;
  version: string;
  nextId: number;
  readonly ids: Map<string, number>;
  /** By id; undefined where there is none. */
  readonly names: (string | undefined)[];
  /** By code unit; null until asked for. */
  sorted: readonly string[] | null;
  /** Another number for each cache that was loaded anew: ids looked up in the one before may be void. */
  readonly generation: number;
}

export interface NameCaches {
  /** The shard's names, as new as this head or newer; null stands for a shard with nothing in it. */
  at(shard: number, head: ShardHead | null): Promise<ShardCache>;
  /** As this process last saw them; looked up when it never did. */
  known(shard: number): Promise<ShardCache>;
  /** As new as the store, whose head is made where it is missing. */
  refreshed(shard: number): Promise<ShardCache>;
  /** Names that are not there yet get ids; whoever else does so at the same time, each gets one. */
  register(shard: number, names: readonly string[]): Promise<ShardCache>;
}

export interface NameCachesOptions {
  readonly connection: RedisConnection;
  readonly shards: number;
  readonly keys: readonly ShardKeys[];
  readonly damage: Damage;
  /** Sees to the store's own record (shards, format) before a shard is made. */
  readonly checkStore: () => Promise<void>;
}

/** Names that one script registers: some ten thousand bytes, a few milliseconds. */
const namesPerScript = 1000;
const namesPerRead = 5000;

export function createNameCaches(options: NameCachesOptions): NameCaches {
  const caches = Array.from({ length: options.shards }, () => emptyCache('', 0));
  const loads = caches.map(() => Promise.resolve<unknown>(null));
  /** Loads of a shard come one after the other, so that each goes on from what the one before found. */
  const inTurn = <T>(shard: number, work: () => Promise<T>): Promise<T> => {
    const turn = loads[shard]!.then(work);
    loads[shard] = turn.catch(() => undefined);
    return turn;
  };
  const load = async (shard: number, head: ShardHead): Promise<ShardCache> => {
    const cache = caches[shard]!;
    if (isCurrent(cache, head)) return cache;
    const goesOn = cache.era === head.era && head.recent.includes(cache.version) && cache.nextId <= head.nextId;
    const next = goesOn ? cache : emptyCache(head.era, cache.generation + 1);
    if (goesOn) await loadRange(options, shard, next, head.nextId);
    else await loadAll(options, shard, next, head);
    next.version = head.version;
    next.nextId = head.nextId;
    return (caches[shard] = next);
  };
  const refresh = async (shard: number): Promise<ShardCache> => load(shard, await headOf(options, shard));
  return {
    async at(shard, head) {
      if (head === null) return caches[shard]!.version === '0' ? caches[shard]! : inTurn(shard, async () => (caches[shard] = emptyCache('', caches[shard]!.generation + 1)));
      if (isCurrent(caches[shard]!, head)) return caches[shard]!;
      // The head may be older than what was loaded since, or newer than what a failover took away: the store itself knows.
      return inTurn(shard, async () => load(shard, Number(head.version) < Number(caches[shard]!.version) ? await headOf(options, shard) : head));
    },
    known: async (shard) => (caches[shard]!.version === '0' ? inTurn(shard, () => refresh(shard)) : caches[shard]!),
    refreshed: (shard) => inTurn(shard, () => refresh(shard)),
    register: (shard, names) => inTurn(shard, async () => {
      for (;;) {
        const cache = caches[shard]!.version === '0' ? await refresh(shard) : caches[shard]!;
        const missing = names.filter((name) => !cache.ids.has(name)).slice(0, namesPerScript);
        if (missing.length === 0) return cache;
        const { head, names: namesKey } = options.keys[shard]!;
        await options.connection.script(registerScript, [head, namesKey], [cache.version, cache.nextId, ...missing]);
        await refresh(shard);
      }
    }),
  };
}

export function sortedNames(cache: ShardCache): readonly string[] {
  cache.sorted ??= [...cache.ids.keys()].sort();
  return cache.sorted;
}

function isCurrent(cache: ShardCache, head: ShardHead): boolean {
  return cache.era === head.era && cache.version === head.version;
}

function emptyCache(era: string, generation: number): ShardCache {
  return { era, version: '0', nextId: 1, ids: new Map(), names: [], sorted: null, generation };
}

/** The head of a shard, made where there is none; one that cannot be read is set aside. */
async function headOf({ connection, keys, damage, checkStore }: NameCachesOptions, shard: number): Promise<ShardHead> {
  const { head, names } = keys[shard]!;
  for (let tries = 0; ; tries += 1) {
    const found = await readHead(connection, head);
    if (found) return found;
    await checkStore();
    if (tries > 0) await damage.setAside(head, keys[shard]!.aside('H'));
    await connection.script(openShardScript, [head, names], [(await damage.segmentsFound(shard)).join(',')]);
  }
}

async function loadAll({ connection, keys, damage }: NameCachesOptions, shard: number, cache: ShardCache, head: ShardHead): Promise<void> {
  const key = keys[shard]!.names;
  let cursor = '0';
  let live = 0;
  do {
    const [next, entries] = await connection.read((client) => client.hscan(key, cursor, 'COUNT', namesPerRead));
    for (let i = 0; i < entries.length; i += 2) live += remember({ damage, shard, shards: keys.length }, cache, Number(entries[i]), entries[i + 1]!, head.nextId);
    cursor = next;
  } while (cursor !== '0');
  // All gone though there should be some: whoever holds ids would append to names that are no more.
  if (live === 0 && head.names > 0) await connection.script(namesLostScript, [keys[shard]!.head, key], []);
}

async function loadRange({ connection, keys, damage }: NameCachesOptions, shard: number, cache: ShardCache, nextId: number): Promise<void> {
  for (let from = cache.nextId; from < nextId; from += namesPerRead) {
    const ids = Array.from({ length: Math.min(namesPerRead, nextId - from) }, (_, i) => from + i);
    const found = await connection.read((client) => client.hmget(keys[shard]!.names, ...ids.map(String)));
    found.forEach((name, i) => name !== null && remember({ damage, shard, shards: keys.length }, cache, ids[i]!, name, nextId));
  }
}

/** Answers 1 if it was a name. `era` and `next` are none, nor is what belongs to another shard; ids beyond the head's come with the next load. */
function remember({ damage, shard, shards }: { damage: Damage; shard: number; shards: number }, cache: ShardCache, id: number, name: string, nextId: number): number {
  if (!Number.isInteger(id) || id >= nextId || cache.names[id] !== undefined) return 0;
  if (shardOf(name, shards) !== shard) {
    damage.found('name', `${shard}:${id}`);
    return 0;
  }
  // A name that two ids claim is the younger's; the older one's data is without a name.
  const other = cache.ids.get(name);
  if (other !== undefined && other > id) return 1;
  if (other !== undefined) cache.names[other] = undefined;
  cache.ids.set(name, id);
  cache.names[id] = name;
  cache.sorted = null;
  return 1;
}
