import { after, kinds, readNumber, shardKey } from '../keys.js';
import type { TreeReader, TreeWriter } from '../tree.js';

/**
 * Which hours have blocks, of every metric of a shard: two numbers by id, the first hour and the one after the last (0: none). Saves looking for
 * blocks that are not there, and says which metrics have nothing left. May be wider than the truth, never narrower.
 */
export interface Extents {
  /** Pairs [first, end] at 2 x id. */
  bounds: Uint32Array;
}

/** Every shard has its extents from the day the store is made; missing ones were damaged and are made again from the blocks' keys. */
export function readExtents(reader: TreeReader, shard: number): Extents {
  const payload = reader.get(shardKey(kinds.extents, shard));
  if (payload === undefined) return rebuildExtents(reader, shard);
  return { bounds: new Uint32Array(new Uint8Array(payload).buffer, 0, payload.length >>> 2) };
}

export function writeExtents(writer: TreeWriter, shard: number, { bounds }: Extents): void {
  writer.put(shardKey(kinds.extents, shard), new Uint8Array(bounds.buffer, bounds.byteOffset, bounds.byteLength));
}

export const noExtents = (): Extents => ({ bounds: new Uint32Array(0) });
export const firstHour = ({ bounds }: Extents, id: number): number => bounds[2 * id] ?? 0;
/** The hour after the last one; 0: no blocks. */
export const endHour = ({ bounds }: Extents, id: number): number => bounds[2 * id + 1] ?? 0;

export function widen(extents: Extents, id: number, hour: number): void {
  if (extents.bounds.length < 2 * id + 2) {
    const bounds = new Uint32Array(2 * id + 2 + 64);
    bounds.set(extents.bounds);
    extents.bounds = bounds;
  }
  const { bounds } = extents;
  const none = bounds[2 * id + 1] === 0;
  if (none || hour < bounds[2 * id]!) bounds[2 * id] = hour;
  if (none || hour >= bounds[2 * id + 1]!) bounds[2 * id + 1] = hour + 1;
}

export function clear({ bounds }: Extents, id: number): void {
  bounds.fill(0, 2 * id, 2 * id + 2);
}

/** Nothing is left before an hour. */
export function cutBefore(extents: Extents, hour: number): void {
  const { bounds } = extents;
  for (let id = 0; 2 * id < bounds.length; id += 1) {
    if (bounds[2 * id + 1]! <= hour) clear(extents, id);
    else if (bounds[2 * id]! < hour) bounds[2 * id] = hour;
  }
}

function rebuildExtents(reader: TreeReader, shard: number): Extents {
  const extents = noExtents();
  const prefix = shardKey(kinds.block, shard);
  reader.keys(prefix, after(prefix), (key) => widen(extents, readNumber(key, 7, 4), readNumber(key, 3, 4)));
  return extents;
}
