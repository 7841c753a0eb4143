import { blockSpan } from '@skylark/algorithms';
import { isSkylarkError, type MetricSpan } from '@skylark/core';
import { blockKey } from '../keys.js';
import { wellFormed } from '../../series/well-formed.js';
import type { Tree } from '../tree.js';
import { bySlot, gathered } from '../../series/columns.js';
import { endHour, firstHour, readExtents, type Extents } from './extents.js';
import { gatherRecord, slotsOf } from '../../series/log-record.js';
import type { NameCaches } from './names.js';
import { visitLog } from './read-log.js';
import { readHead } from './shard-head.js';

/** First and last timestamps of metrics of one shard, in the order asked. */
export function spansOfShard(tree: Tree, names: NameCaches, shard: number, metrics: readonly string[]): MetricSpan[] {
  tree.fresh();
  const head = readHead(tree, shard);
  const cache = names.at(tree, shard, head);
  const ids = metrics.map((metric) => cache.ids.get(wellFormed(metric)) ?? 0);
  const unique = [...new Set(ids)];
  const slotOf = slotsOf(unique);
  const into = gathered();
  visitLog(tree, { shard, first: head.firstSequence, end: head.nextSequence }, (record) => gatherRecord(record, slotOf, { from: -Infinity, until: Infinity }, into));
  const extents = readExtents(tree, shard);
  const logged = bySlot(into, unique.length);
  const bounds = new Map(unique.map((id, slot) => [id, boundsOf(tree, { shard, id, extents }, logged[slot]!.timestamps)]));
  return metrics.map((metric, i) => {
    const [first, last] = bounds.get(ids[i]!)!;
    return { metric, firstTimestamp: first === Infinity ? null : first, lastTimestamp: last === -Infinity ? null : last };
  });
}

interface Place {
  readonly shard: number;
  readonly id: number;
  readonly extents: Extents;
}

function boundsOf(tree: Tree, { shard, id, extents }: Place, logged: Float64Array): [first: number, last: number] {
  let first = Infinity;
  let last = -Infinity;
  for (const timestamp of logged) {
    first = Math.min(first, timestamp);
    last = Math.max(last, timestamp);
  }
  const [from, end] = id === 0 ? [0, 0] : [firstHour(extents, id), endHour(extents, id)];
  let hour = from;
  for (let found = false; hour < end && !found; hour += 1) {
    const span = spanOf(tree, blockKey(shard, hour, id));
    found = span !== undefined;
    if (span) first = Math.min(first, span.first);
  }
  for (let back = end - 1, found = false; back >= from && !found; back -= 1) {
    const span = spanOf(tree, blockKey(shard, back, id));
    found = span !== undefined;
    if (span) last = Math.max(last, span.last);
  }
  return [first, last];
}

function spanOf(tree: Tree, key: Uint8Array): { first: number; last: number } | undefined {
  const block = tree.get(key);
  if (block === undefined) return undefined;
  try {
    const { first, last, count } = blockSpan(block);
    return count > 0 ? { first, last } : undefined;
  } catch (error) {
    if (isSkylarkError(error)) return undefined;
    throw error;
  }
}
