import { isSkylarkError } from '@skylark/core';
import { decodeInto, type Scratch } from '../../series/block-scratch.js';
import { within, type Columns } from '../../series/columns.js';
import { blockKey } from '../keys.js';
import type { TreeReader } from '../tree.js';

/** The blocks of a metric: hours [firstHour, endHour). */
export interface BlockRange {
  readonly shard: number;
  readonly id: number;
  readonly firstHour: number;
  readonly endHour: number;
}

/**
 * Decodes a metric's blocks one after the other into the scratch columns; the answer is a view of them, cut to the window.
 * A block that does not decode though its checksum fits was not written by this code: it is left out as if it were damaged.
 */
export function readBlocks(reader: TreeReader, range: BlockRange, window: { from: number; until: number }, into: Scratch): Columns {
  let end = 0;
  for (let hour = range.firstHour; hour < range.endHour; hour += 1) {
    const block = reader.get(blockKey(range.shard, hour, range.id));
    if (block !== undefined) end += decode(block, into, end);
  }
  const all = { timestamps: into.timestamps.subarray(0, end), values: into.values.subarray(0, end) };
  return within(all, window.from, window.until);
}

function decode(block: Uint8Array, into: Scratch, at: number): number {
  try {
    return decodeInto(into, block, at);
  } catch (error) {
    if (isSkylarkError(error)) return 0;
    throw error;
  }
}
