import { blockSpan } from '@skylark/algorithms';
import { isSkylarkError, type MetricSpan } from '@skylark/core';
import { slotsOf } from '../../series/log-record.js';
import { wellFormed } from '../../series/well-formed.js';
import { hoursOf, type Extents } from './extents.js';
import { fetchBlocks } from './read-blocks.js';
import { readLog } from './read-log.js';
import type { ShardReading } from './read-shard.js';
import type { ShardHead } from './shard-head.js';

const always = { from: -Infinity, until: Infinity };
/** Ids whose first and last blocks are fetched together. */
const idsPerSlice = 2000;

/** First and last timestamps of metrics of one shard, in the order asked. */
export async function spansOfShard(reading: ShardReading, { shard, head }: { shard: number; head: ShardHead | null }, metrics: readonly string[]): Promise<MetricSpan[]> {
  const bounds = new Map<number, Bounds>();
  const cache = await reading.names.at(shard, head);
  const ids = metrics.map((metric) => cache.ids.get(wellFormed(metric)) ?? 0);
  const known = [...new Set(ids)].filter((id) => id > 0).sort((a, b) => a - b);
  if (head !== null && known.length > 0) {
    const log = await readLog(reading, { shard, head, slotOf: slotsOf(known), slots: known.length, window: always });
    const extents = await reading.extents.at(shard, log.head?.era === head.era ? log.head : head);
    known.forEach((id, slot) => bounds.set(id, boundsOf(log.columns[slot]!.timestamps)));
    for (let i = 0; i < known.length; i += idsPerSlice) await widenByBlocks(reading, { shard, era: head.era, extents }, known.slice(i, i + idsPerSlice), bounds);
  }
  return metrics.map((metric, i) => {
    const [first, last] = bounds.get(ids[i]!) ?? [Infinity, -Infinity];
    return { metric, firstTimestamp: first === Infinity ? null : first, lastTimestamp: last === -Infinity ? null : last };
  });
}

type Bounds = [first: number, last: number];
interface Place {
  readonly shard: number;
  readonly era: string;
  readonly extents: Extents;
}

function boundsOf(timestamps: Float64Array): Bounds {
  const bounds: Bounds = [Infinity, -Infinity];
  for (const timestamp of timestamps) widen(bounds, timestamp, timestamp);
  return bounds;
}

function widen(bounds: Bounds, first: number, last: number): void {
  bounds[0] = Math.min(bounds[0], first);
  bounds[1] = Math.max(bounds[1], last);
}

/** Extents may be wider than the truth: an id without a block in its first hour is looked for in the next, and likewise from the end. */
async function widenByBlocks(reading: ShardReading, place: Place, ids: readonly number[], bounds: Map<number, Bounds>): Promise<void> {
  const hours = new Map(ids.map((id) => [id, hoursOf(place.extents, id)]));
  for (const fromEnd of [false, true]) {
    let open = ids;
    for (let step = 0; open.length > 0; step += 1) {
      open = open.filter((id) => step < hours.get(id)!.length);
      const found = await blocksAt(reading, place, new Map(open.map((id) => [id, hours.get(id)!.at(fromEnd ? -1 - step : step)!])));
      open = open.filter((id) => !takeSpan(found.get(id), bounds.get(id)!));
    }
  }
}

/** One block of each id, each at an hour of its own. */
async function blocksAt(reading: ShardReading, { shard, era, extents }: Place, hourOfId: ReadonlyMap<number, number>): Promise<Map<number, Uint8Array>> {
  const byHour = new Map<number, number[]>();
  for (const [id, hour] of hourOfId) byHour.set(hour, [...(byHour.get(hour) ?? []), id]);
  const found = new Map<number, Uint8Array>();
  await Promise.all([...byHour].map(async ([hour, ids]) => {
    const blocks = await fetchBlocks(reading, { shard, era, extents, ids, firstHour: hour, endHour: hour + 1 }, ids);
    for (const [id, [block]] of blocks) if (block) found.set(id, block);
  }));
  return found;
}

/** False: there is no (readable) block. */
function takeSpan(block: Uint8Array | undefined, bounds: Bounds): boolean {
  if (block === undefined) return false;
  try {
    const { first, last, count } = blockSpan(block);
    if (count > 0) widen(bounds, first, last);
    return count > 0;
  } catch (error) {
    if (isSkylarkError(error)) return false;
    throw error;
  }
}
