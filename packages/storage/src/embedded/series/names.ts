import { after, bytesOf, kinds, nameKey, readNumber, shardKey, textOf } from '../keys.js';
import type { TreeReader, TreeWriter } from '../tree.js';
import type { ShardHead } from './shard-head.js';

/** The names of a shard as this thread knows them, at a version. */
export interface ShardCache {
  version: number;
  removals: number;
  nextId: number;
  readonly ids: Map<string, number>;
  /** By id; undefined where there is none. */
  readonly names: (string | undefined)[];
  /** By code unit; null until asked for. */
  sorted: readonly string[] | null;
}

/** Names by shard, loaded when first needed and again, or further, when the shard's head says that another thread changed them. */
export interface NameCaches {
  /** The shard's names as of this head. Within a transaction of our own it may run ahead of what is committed. */
  at(reader: TreeReader, shard: number, head: ShardHead): ShardCache;
  /** Forgets everything: a transaction that had registered names did not come to pass. */
  drop(): void;
}

export function createNameCaches(shards: number, damagedNames: () => boolean): NameCaches {
  const caches = Array.from({ length: shards }, emptyCache);
  return {
    at(reader, shard, head) {
      const cache = caches[shard]!;
      if (cache.version >= head.version) return cache;
      if (cache.removals === head.removals && cache.version > 0) load(reader, shard, cache);
      else load(reader, shard, (caches[shard] = emptyCache()));
      const loaded = caches[shard]!;
      if (damagedNames()) load(reader, shard, loaded, kinds.nameCopy);
      loaded.version = head.version;
      loaded.removals = head.removals;
      loaded.nextId = head.nextId;
      return loaded;
    },
    drop() {
      for (let shard = 0; shard < shards; shard += 1) caches[shard] = emptyCache();
    },
  };
}

/** Writes a new name and answers its id. The caller writes the head: `version` one more, `nextId` as the cache has it. */
export function registerName(writer: TreeWriter, shard: number, cache: ShardCache, name: string): number {
  const id = cache.nextId;
  const bytes = bytesOf(name);
  writer.put(nameKey(shard, id), bytes);
  writer.put(nameKey(shard, id, kinds.nameCopy), bytes);
  cache.nextId += 1;
  cache.version += 1;
  remember(cache, id, name);
  return id;
}

export function unregisterName(writer: TreeWriter, shard: number, id: number): void {
  writer.remove(nameKey(shard, id));
  writer.remove(nameKey(shard, id, kinds.nameCopy));
}

export function sortedNames(cache: ShardCache): readonly string[] {
  cache.sorted ??= [...cache.ids.keys()].sort();
  return cache.sorted;
}

function emptyCache(): ShardCache {
  return { version: 0, removals: 0, nextId: 1, ids: new Map(), names: [], sorted: null };
}

function remember(cache: ShardCache, id: number, name: string): void {
  cache.ids.set(name, id);
  cache.names[id] = name;
  cache.sorted = null;
}

function load(reader: TreeReader, shard: number, cache: ShardCache, kind: typeof kinds.name | typeof kinds.nameCopy = kinds.name): void {
  const from = kind === kinds.name ? cache.nextId : 1;
  reader.scan(nameKey(shard, from, kind), after(shardKey(kind, shard)), (key, payload) => {
    const id = readNumber(key, 3, 4);
    if (cache.names[id] === undefined) remember(cache, id, textOf(payload));
  });
}
