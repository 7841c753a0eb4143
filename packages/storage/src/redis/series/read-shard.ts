import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Window } from '@skylark/core';
import type { Scratch } from '../../series/block-scratch.js';
import { inOrder, joinColumns, ownColumns, type Columns } from '../../series/columns.js';
import { hourOf } from '../../series/hours.js';
import { slotsOf } from '../../series/log-record.js';
import { wellFormed } from '../../series/well-formed.js';
import type { ExtentsCaches } from './extents.js';
import type { NameCaches } from './names.js';
import { decodeBlocks, fetchBlocks, slicesOf, type BlocksById } from './read-blocks.js';
import { readLog, type LogReading } from './read-log.js';
import type { ShardHead } from './shard-head.js';

export interface ShardReading extends LogReading {
  readonly names: NameCaches;
  readonly extents: ExtentsCaches;
  readonly scratch: Scratch;
}

/** Datapoints decoded before the event loop gets its turn: a few milliseconds. */
const datapointsPerTurn = 250_000;

/** The datapoints of metrics of one shard in a window, in the order asked: the log first, at one moment for all of them, blocks after it (see `readLog`). */
export async function readShard(reading: ShardReading, { shard, head }: { shard: number; head: ShardHead | null }, metrics: readonly string[], window: Window): Promise<Columns[]> {
  if (head === null) return ownColumns(metrics.map(() => 0), new Map());
  const cache = await reading.names.at(shard, head);
  const ids = metrics.map((metric) => cache.ids.get(wellFormed(metric)) ?? 0);
  const known = [...new Set(ids)].filter((id) => id > 0).sort((a, b) => a - b);
  const columns = new Map<number, Columns>();
  if (known.length === 0) return ownColumns(ids, columns);
  const log = await readLog(reading, { shard, head, slotOf: slotsOf(known), slots: known.length, window });
  const logged = new Map(known.map((id, slot) => [id, inOrder(log.columns[slot]!)]));
  // A head that went meanwhile took its blocks with it.
  const after = log.head?.era === head.era ? log.head : head;
  const wanted = { shard, era: head.era, extents: await reading.extents.at(shard, after), ids: known, firstHour: Math.max(0, hourOf(window.from)), endHour: Math.ceil(window.until / 3600) };
  let decoded = 0;
  for await (const blocks of fetchedAhead(reading, wanted)) {
    for (const [id, some] of blocks) {
      const sealed = decodeBlocks(some, window, reading.scratch);
      columns.set(id, joinColumns(sealed, logged.get(id)!));
      decoded += sealed.timestamps.length;
      if (decoded > datapointsPerTurn) {
        decoded = 0;
        await nextTurn();
      }
    }
  }
  return ownColumns(ids, columns);
}

/** The next slice is on its way while the caller decodes this one. */
async function* fetchedAhead(reading: LogReading, wanted: Parameters<typeof fetchBlocks>[1]): AsyncIterable<BlocksById> {
  let next: Promise<BlocksById> | null = null;
  for (const slice of slicesOf(wanted)) {
    const now = next;
    next = fetchBlocks(reading, wanted, slice);
    next.catch(() => undefined);
    if (now) yield await now;
  }
  if (next) yield await next;
}
