import { SkylarkError, type Series, type ShardNews } from '@skylark/core';
import type { Tree } from '../tree.js';
import { bySlot, gathered, inOrder } from '../../series/columns.js';
import { entryBytes, gatherRecord } from '../../series/log-record.js';
import type { NameCaches } from './names.js';
import { visitLog } from './read-log.js';
import { readHead } from './shard-head.js';

/** What was appended to a shard since a cursor, in whole log records: see `SeriesStore.follow`. The cursor is the next sequence, in decimal. */
export function followShard(tree: Tree, names: NameCaches, { shard, cursor, limit }: { shard: number; cursor: string | null; limit: number }): ShardNews {
  tree.fresh();
  const head = readHead(tree, shard);
  if (cursor === null) return { cursor: String(head.nextSequence), series: [], missed: false };
  const since = parseCursor(cursor);
  const missed = since < head.firstSequence || since > head.nextSequence;
  const cache = names.at(tree, shard, head);
  const slotOf = new Uint32Array(cache.nextId);
  const order: number[] = [];
  const into = gathered();
  let next = head.nextSequence;
  visitLog(tree, { shard, first: missed ? head.firstSequence : since, end: head.nextSequence }, (record, sequence) => {
    if (into.length > 0 && into.length + record.count > limit) {
      next = sequence;
      return false;
    }
    const stride = entryBytes(record.layout) / 4;
    for (let i = 0; i < record.count; i += 1) {
      const id = record.words[4 + i * stride]!;
      if (slotOf[id] === 0 && cache.names[id] !== undefined) slotOf[id] = order.push(id);
    }
    gatherRecord(record, slotOf, { from: -Infinity, until: Infinity }, into);
    return true;
  });
  const series: Series[] = bySlot(into, order.length).map((columns, slot) => {
    const { timestamps, values } = inOrder(columns);
    return { metric: cache.names[order[slot]!]!, timestamps: timestamps.slice(), values: values.slice() };
  });
  return { cursor: String(next), series, missed };
}

function parseCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new SkylarkError('bad-request', `cursor ${JSON.stringify(cursor.slice(0, 40))}`);
  return Number(cursor);
}
