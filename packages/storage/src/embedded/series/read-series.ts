import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Window } from '@skylark/core';
import type { Scratch } from '../../series/block-scratch.js';
import { bySlot, inOrder, joinColumns, ownColumns, type Columns } from '../../series/columns.js';
import { hourOf } from '../../series/hours.js';
import { slotsOf } from '../../series/log-record.js';
import { wellFormed } from '../../series/well-formed.js';
import type { Tree } from '../tree.js';
import { endHour, firstHour, readExtents } from './extents.js';
import type { NameCaches } from './names.js';
import { readBlocks } from './read-blocks.js';
import { gatherLog } from './read-log.js';
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
  const columns = new Map<number, Columns>();
  let decoded = 0;
  for (const [slot, id] of unique.entries()) {
    if (id === 0) continue;
    const hours = { firstHour: Math.max(hourOf(window.from), firstHour(extents, id)), endHour: Math.min(Math.ceil(window.until / 3600), endHour(extents, id)) };
    const blocks = readBlocks(tree, { shard, id, ...hours }, window, scratch);
    columns.set(id, joinColumns(blocks, inOrder(logged[slot]!)));
    decoded += blocks.timestamps.length;
    if (decoded > datapointsPerTurn) {
      decoded = 0;
      await nextTurn();
    }
  }
  return ownColumns(ids, columns);
}
