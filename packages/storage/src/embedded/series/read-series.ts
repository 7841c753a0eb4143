import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Window } from '@skylark/core';
import type { Tree } from '../tree.js';
import { bySlot, inOrder, mergeColumns, noColumns, type Columns } from './columns.js';
import { endHour, firstHour, readExtents } from './extents.js';
import { wellFormed, type NameCaches } from './names.js';
import { hourOf, readBlocks, type Scratch } from './read-blocks.js';
import { gatherLog, slotsOf } from './read-log.js';
import { readHead } from './shard-head.js';

export interface ShardReading {
  readonly tree: Tree;
  readonly names: NameCaches;
  readonly scratch: Scratch;
}

/** Datapoints decoded before the event loop gets its turn: a few milliseconds. */
const datapointsPerTurn = 250_000;

/**
 * The datapoints of metrics of one shard in a window, in the order asked.
 *
 * The log is read first, at one moment, for all of them; blocks after it, perhaps at later moments. What was sealed in between is then in both, with the
 * same value or one appended later, so nothing is missed and nothing appended before the call is overtaken.
 */
export async function readShard({ tree, names, scratch }: ShardReading, shard: number, metrics: readonly string[], window: Window): Promise<Columns[]> {
  tree.fresh();
  const head = readHead(tree, shard);
  const cache = names.at(tree, shard, head);
  const ids = metrics.map((metric) => cache.ids.get(wellFormed(metric)) ?? 0);
  const unique = [...new Set(ids)];
  const extents = readExtents(tree, shard);
  const range = { shard, first: head.firstSequence, end: head.nextSequence };
  const logged = bySlot(gatherLog(tree, range, slotsOf(unique), window), unique.length);
  const columns = new Map<number, Columns>([[0, noColumns]]);
  let decoded = 0;
  for (const [slot, id] of unique.entries()) {
    if (id === 0) continue;
    const hours = { firstHour: Math.max(hourOf(window.from), firstHour(extents, id)), endHour: Math.min(Math.ceil(window.until / 3600), endHour(extents, id)) };
    const blocks = readBlocks(tree, { shard, id, ...hours }, window, scratch);
    columns.set(id, together(blocks, inOrder(logged[slot]!)));
    decoded += blocks.timestamps.length;
    if (decoded > datapointsPerTurn) {
      decoded = 0;
      await nextTurn();
    }
  }
  const given = new Set<number>([0]);
  return ids.map((id) => {
    const own = columns.get(id)!;
    const copy = given.has(id);
    given.add(id);
    return copy ? copied(own) : own;
  });
}

/** Blocks are a view of the scratch columns, the log's of what was gathered for all: the answer is a copy. */
function together(blocks: Columns, log: Columns): Columns {
  const count = blocks.timestamps.length;
  if (log.timestamps.length === 0) return copied(blocks);
  if (count > 0 && blocks.timestamps[count - 1]! >= log.timestamps[0]!) return mergeColumns(blocks, log);
  const timestamps = new Float64Array(count + log.timestamps.length);
  const values = new Float64Array(timestamps.length);
  timestamps.set(blocks.timestamps);
  timestamps.set(log.timestamps, count);
  values.set(blocks.values);
  values.set(log.values, count);
  return { timestamps, values };
}

/** A metric asked for twice gets two copies: columns are the caller's own. */
function copied({ timestamps, values }: Columns): Columns {
  return { timestamps: timestamps.slice(), values: values.slice() };
}
