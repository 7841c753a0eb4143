import { setImmediate as nextTurn } from 'node:timers/promises';
import { blockKey } from '../keys.js';
import type { Tree, TreeReader } from '../tree.js';
import { cutBefore, endHour, readExtents, writeExtents, type Extents } from './extents.js';
import { unregisterName, type NameCaches } from './names.js';
import { visitLog } from './read-log.js';
import { readHead, writeHead, type ShardHead } from './shard-head.js';

const removalsPerTransaction = 5000;

/** Forgets the blocks of a shard's hours before `firstKeptHour`, then the metrics that have nothing left. Answers how many blocks went. */
export async function expireShard(tree: Tree, names: NameCaches, shard: number, firstKeptHour: number): Promise<number> {
  let total = 0;
  for (;;) {
    const expired = expiredBlocks(tree, shard, firstKeptHour);
    if (expired.length > 0) await tree.write((writer) => expired.forEach((key) => writer.remove(key)));
    total += expired.length;
    if (expired.length < removalsPerTransaction) break;
    await nextTurn();
  }
  if (needsForgetting(tree, names, shard, firstKeptHour)) await forgetEmptyMetrics(tree, names, shard, firstKeptHour);
  return total;
}

function expiredBlocks(tree: Tree, shard: number, firstKeptHour: number): Uint8Array[] {
  const keys: Uint8Array[] = [];
  tree.fresh();
  tree.keys(blockKey(shard, 0, 0), blockKey(shard, firstKeptHour, 0), (key) => keys.push(key) < removalsPerTransaction);
  return keys;
}

/** A look before the transaction: nearly always there is nothing to forget. */
function needsForgetting(tree: Tree, names: NameCaches, shard: number, firstKeptHour: number): boolean {
  tree.fresh();
  const extents = readExtents(tree, shard);
  const before = extents.bounds.slice();
  cutBefore(extents, firstKeptHour);
  return extents.bounds.some((bound, i) => bound !== before[i]) || emptyMetrics(tree, names, shard, { head: readHead(tree, shard), extents }).length > 0;
}

async function forgetEmptyMetrics(tree: Tree, names: NameCaches, shard: number, firstKeptHour: number): Promise<void> {
  await tree.write((writer) => {
    const head = readHead(writer, shard);
    const extents = readExtents(writer, shard);
    cutBefore(extents, firstKeptHour);
    writeExtents(writer, shard, extents);
    const empty = emptyMetrics(writer, names, shard, { head, extents });
    if (empty.length === 0) return;
    for (const id of empty) unregisterName(writer, shard, id);
    writeHead(writer, shard, { ...head, version: head.version + 1, removals: head.removals + 1 });
  });
}

/** Neither a block nor anything in the log. */
function emptyMetrics(reader: TreeReader, names: NameCaches, shard: number, { head, extents }: { head: ShardHead; extents: Extents }): number[] {
  const cache = names.at(reader, shard, head);
  const empty = new Set<number>();
  cache.names.forEach((_, id) => {
    if (endHour(extents, id) === 0) empty.add(id);
  });
  if (empty.size > 0) for (const id of idsInLog(reader, shard, head)) empty.delete(id);
  return [...empty];
}

function idsInLog(reader: TreeReader, shard: number, head: ShardHead): Set<number> {
  const ids = new Set<number>();
  visitLog(reader, { shard, first: head.firstSequence, end: head.nextSequence }, ({ words, count, layout }) => {
    const stride = layout === 1 ? 4 : 6;
    for (let i = 0; i < count; i += 1) ids.add(words[4 + i * stride]!);
  });
  return ids;
}
