import { shardOf } from '@skylark/core';
import { wellFormed } from './well-formed.js';

/** Handles of one store object: a small number for each name that was ever asked for. */
export interface Handles {
  /** Of the name, made when it is new. */
  of(metric: string): number;
  /** By handle. */
  shardOf(): Uint16Array;
  nameOf(handle: number): string;
  /** By handle: the id in the store, 0 where it has to be looked up. */
  ids(): Uint32Array;
  /** Says that ids of a shard may be void since a number of removals; forgets them once for each such number. */
  forgetIds(shard: number, removals: number): void;
  forgetAllIds(): void;
  count(): number;
}

export function createHandles(shards: number): Handles {
  const byName = new Map<string, number>();
  const names: string[] = [];
  const byShard: number[][] = Array.from({ length: shards }, () => []);
  const removalsSeen = new Float64Array(shards);
  let shardByHandle = new Uint16Array(1024);
  let idByHandle = new Uint32Array(1024);
  const add = (name: string): number => {
    const handle = names.push(name) - 1;
    byName.set(name, handle);
    if (handle >= shardByHandle.length) {
      shardByHandle = grown(shardByHandle, new Uint16Array(handle * 2));
      idByHandle = grown(idByHandle, new Uint32Array(handle * 2));
    }
    const shard = shardOf(name, shards);
    shardByHandle[handle] = shard;
    byShard[shard]!.push(handle);
    return handle;
  };
  return {
    of: (metric) => byName.get(metric) ?? byName.get(wellFormed(metric)) ?? add(wellFormed(metric)),
    shardOf: () => shardByHandle,
    nameOf: (handle) => names[handle]!,
    ids: () => idByHandle,
    forgetIds(shard, removals) {
      if (removalsSeen[shard] === removals) return;
      removalsSeen[shard] = removals;
      for (const handle of byShard[shard]!) idByHandle[handle] = 0;
    },
    forgetAllIds: () => void idByHandle.fill(0),
    count: () => names.length,
  };
}

function grown<T extends Uint16Array | Uint32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
