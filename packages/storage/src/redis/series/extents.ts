import { crc32 } from 'node:zlib';
import { repliesOf, type RedisConnection } from '../connection/redis-connection.js';
import { decodeChunk } from './chunks.js';
import type { Damage } from './damage.js';
import { writeExtentsScript } from './scripts.js';
import type { ShardHead } from './shard-head.js';
import type { ShardKeys } from './shard-keys.js';

/**
 * Which hours of a shard have blocks, and of each id the first such hour and the one after the last (0: none). Says where to look, and which metrics have
 * nothing left. May be wider than the truth, never narrower. In Redis: CRC-32 of the rest, number of hours, hours, pairs by id; all u32.
 */
export interface Extents {
  /** Ascending. */
  hours: number[];
  /** Pairs [first, end] at 2 x id. */
  bounds: Uint32Array;
}

export const noExtents = (): Extents => ({ hours: [], bounds: new Uint32Array(0) });
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

export function addHours(extents: Extents, hours: Iterable<number>): void {
  extents.hours = [...new Set([...extents.hours, ...hours])].sort((a, b) => a - b);
}

export function clear({ bounds }: Extents, id: number): void {
  bounds.fill(0, 2 * id, 2 * id + 2);
}

/** Nothing is left before an hour; answers whether that changed anything. */
export function cutBefore(extents: Extents, hour: number): boolean {
  const { bounds } = extents;
  let changed = extents.hours.length > 0 && extents.hours[0]! < hour;
  if (changed) extents.hours = extents.hours.filter((one) => one >= hour);
  for (let id = 0; 2 * id < bounds.length; id += 1) {
    if (bounds[2 * id + 1] === 0 || bounds[2 * id]! >= hour) continue;
    changed = true;
    if (bounds[2 * id + 1]! <= hour) clear(extents, id);
    else bounds[2 * id] = hour;
  }
  return changed;
}

/** The hours in which an id may have a block, ascending. */
export function hoursOf(extents: Extents, id: number): number[] {
  const [first, end] = [firstHour(extents, id), endHour(extents, id)];
  return end === 0 ? [] : extents.hours.filter((hour) => hour >= first && hour < end);
}

/** Of every shard, as this process last read them. Shared: copy before changing. */
export interface ExtentsCaches {
  /** As of the head or newer. */
  at(shard: number, head: ShardHead): Promise<Extents>;
}

export interface ExtentsOptions {
  readonly connection: RedisConnection;
  readonly keys: readonly ShardKeys[];
  readonly damage: Damage;
}

export function createExtentsCaches(options: ExtentsOptions): ExtentsCaches {
  const caches = new Map<number, { readonly version: string; readonly extents: Promise<Extents> }>();
  return {
    at(shard, head) {
      const cached = caches.get(shard);
      if (cached?.version === head.extents) return cached.extents;
      const extents = readExtents(options, shard, head);
      caches.set(shard, { version: head.extents, extents });
      extents.catch(() => caches.delete(shard));
      return extents;
    },
  };
}

/** The caller's own: may be changed. */
export async function readExtents({ connection, keys, damage }: ExtentsOptions, shard: number, head: ShardHead): Promise<Extents> {
  if (head.extents === '0') return noExtents();
  const key = keys[shard]!.extents(head.era);
  const bytes = await connection.read((client) => client.getBuffer(key));
  const extents = bytes === null ? null : decodeExtents(bytes);
  if (extents) return extents;
  if (bytes !== null) damage.found('extents', key);
  return rebuildExtents({ connection, keys, damage }, shard, head.era);
}

/** False: another sealing has begun since. */
export async function writeExtents({ connection, keys }: ExtentsOptions, shard: number, { epoch, era, extents }: { epoch: number; era: string; extents: Extents }): Promise<boolean> {
  return (await connection.script(writeExtentsScript, [keys[shard]!.head, keys[shard]!.extents(era)], [epoch, encodeExtents(extents)], { evenWhenFull: true })) === 1;
}

export function encodeExtents({ hours, bounds }: Extents): Buffer {
  const words = new Uint32Array(2 + hours.length + bounds.length);
  words[1] = hours.length;
  words.set(hours, 2);
  words.set(bounds, 2 + hours.length);
  words[0] = crc32(new Uint8Array(words.buffer, 4));
  return Buffer.from(words.buffer);
}

export function decodeExtents(bytes: Buffer): Extents | null {
  if (bytes.length < 8 || bytes.length % 4 !== 0) return null;
  const words = new Uint32Array(new Uint8Array(bytes).buffer);
  if (words[0] !== crc32(new Uint8Array(words.buffer, 4))) return null;
  const count = words[1]!;
  return { hours: [...words.subarray(2, 2 + count)], bounds: words.slice(2 + count) };
}

/** From the blocks themselves: nothing was ever sealed, or the record is gone. */
async function rebuildExtents({ connection, keys, damage }: ExtentsOptions, shard: number, era: string): Promise<Extents> {
  const extents = noExtents();
  const hours = await damage.hoursFound(shard, era);
  addHours(extents, hours);
  for (const hour of hours) {
    const key = keys[shard]!.blocks(era, hour);
    const chunks = (await connection.read((client) => client.hkeys(key))).map(Number);
    for (let i = 0; i < chunks.length; i += 500) {
      const some = chunks.slice(i, i + 500);
      const [replies] = await connection.readMany([(pipeline) => pipeline.hmgetBuffer(key, ...some.map(String))]);
      const [found] = repliesOf(replies!) as [(Buffer | null)[]];
      found.forEach((bytes, k) => bytes && decodeChunk({ shard, hour, chunk: some[k]! }, bytes)?.forEach(({ id }) => widen(extents, id, hour)));
    }
  }
  return extents;
}

