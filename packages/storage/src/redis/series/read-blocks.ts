import { isSkylarkError } from '@skylark/core';
import { repliesOf, type Fill } from '../connection/redis-connection.js';
import { decodeInto, type Scratch } from '../../series/block-scratch.js';
import { within, type Columns } from '../../series/columns.js';
import { chunkOf, decodeChunk } from './chunks.js';
import { hoursOf, type Extents } from './extents.js';
import type { LogReading } from './read-log.js';

export interface WantedBlocks {
  readonly shard: number;
  readonly era: string;
  readonly extents: Extents;
  /** Ascending. */
  readonly ids: readonly number[];
  readonly firstHour: number;
  readonly endHour: number;
}

/** Blocks of each id, by hour ascending; views of replies. */
export type BlocksById = Map<number, Uint8Array[]>;

/** Ids whose blocks are fetched together: about so many blocks, so that memory stays bounded whatever is asked for. */
const blocksPerSlice = 20_000;

/** Cuts ids into slices that are fetched one after the other. */
export function* slicesOf({ extents, ids, firstHour, endHour }: WantedBlocks): Iterable<number[]> {
  let slice: number[] = [];
  let blocks = 0;
  for (const id of ids) {
    const count = hoursOf(extents, id).filter((hour) => hour >= firstHour && hour < endHour).length;
    // A chunk is fetched once: its ids stay together.
    if (blocks + count > blocksPerSlice && slice.length > 0 && chunkOf(id) !== chunkOf(slice[slice.length - 1]!)) {
      yield slice;
      slice = [];
      blocks = 0;
    }
    slice.push(id);
    blocks += count;
  }
  if (slice.length > 0) yield slice;
}

/** Fetches the blocks of some ids: one command an hour. What is damaged is set aside and not among them. */
export async function fetchBlocks(reading: LogReading, { shard, era, extents, firstHour, endHour }: WantedBlocks, ids: readonly number[]): Promise<BlocksById> {
  const chunksOfHour = new Map<number, Set<number>>();
  for (const id of ids) {
    for (const hour of hoursOf(extents, id)) {
      if (hour < firstHour || hour >= endHour) continue;
      const chunks = chunksOfHour.get(hour);
      if (chunks) chunks.add(chunkOf(id));
      else chunksOfHour.set(hour, new Set([chunkOf(id)]));
    }
  }
  const hours = [...chunksOfHour.keys()].sort((a, b) => a - b);
  const keys = reading.keys[shard]!;
  const fills: Fill[] = hours.map((hour) => (pipeline) => pipeline.hmgetBuffer(keys.blocks(era, hour), ...[...chunksOfHour.get(hour)!].map(String)));
  const replies = await reading.connection.readMany(fills);
  const blocks: BlocksById = new Map(ids.map((id) => [id, []]));
  for (const [i, hour] of hours.entries()) {
    const [found] = repliesOf(replies[i]!) as [(Buffer | null)[]];
    [...chunksOfHour.get(hour)!].forEach((chunk, k) => takeChunk(reading, { shard, hour, chunk, key: keys.blocks(era, hour) }, found[k] ?? null, blocks));
  }
  return blocks;
}

function takeChunk({ damage, keys }: LogReading, place: { shard: number; hour: number; chunk: number; key: string }, bytes: Buffer | null, into: BlocksById): void {
  if (bytes === null) return;
  const entries = decodeChunk(place, bytes);
  if (entries) for (const { id, block } of entries) into.get(id)?.push(block);
  // Not waited for: what was found is counted, and is met again if setting it aside fails.
  else void damage.setAsideChunk(keys[place.shard]!, place.key, String(place.chunk), bytes).catch(() => undefined);
}

/** Decodes blocks one after the other into the scratch columns; the answer is a view of them, cut to the window. */
export function decodeBlocks(blocks: readonly Uint8Array[], window: { from: number; until: number }, into: Scratch): Columns {
  let end = 0;
  for (const block of blocks) {
    try {
      end += decodeInto(into, block, end);
    } catch (error) {
      // Its chunk's checksum fits: it was not written by this code.
      if (!isSkylarkError(error)) throw error;
    }
  }
  return within({ timestamps: into.timestamps.subarray(0, end), values: into.values.subarray(0, end) }, window.from, window.until);
}
