import { shardOf, SkylarkError } from '@skylark/core';

/** By shard, the indices of its metrics among those asked for. */
export function placesByShard(metrics: readonly string[], shards: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  metrics.forEach((metric, i) => {
    const shard = shardOf(metric, shards);
    const at = places.get(shard);
    if (at) at.push(i);
    else places.set(shard, [i]);
  });
  return places;
}

/** @throws SkylarkError `bad-request` */
export function checkShard(shard: number, shards: number): number {
  if (!Number.isInteger(shard) || shard < 0 || shard >= shards) throw new SkylarkError('bad-request', `shard ${shard} of ${shards}`);
  return shard;
}

/** @throws SkylarkError `bad-request`, naming the first handle that was never given */
export function checkHandles(given: Uint32Array, length: number, count: number): void {
  for (let i = 0; i < length; i += 1) {
    if (!(given[i]! < count)) throw new SkylarkError('bad-request', `handle ${given[i]} at ${i}, of ${count}`);
  }
}
