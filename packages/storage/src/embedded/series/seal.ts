import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBlock, encodeBlock, maxBlockDatapoints } from '@skylark/algorithms';
import { isSkylarkError, type Logger } from '@skylark/core';
import { bySlot, gathered, inOrder, mergeColumns, type Columns } from '../../series/columns.js';
import { byHour } from '../../series/hours.js';
import { gatherRecord } from '../../series/log-record.js';
import { blockKey, logKey } from '../keys.js';
import type { Tree, TreeReader, TreeWriter } from '../tree.js';
import { readExtents, widen, writeExtents } from './extents.js';
import type { NameCaches, ShardCache } from './names.js';
import { visitLog, type LogRange } from './read-log.js';
import { readHead, writeHead, type ShardHead } from './shard-head.js';

export interface Sealing {
  readonly tree: Tree;
  readonly names: NameCaches;
  readonly logger: Logger;
  /** Hours before this one are expired: their datapoints are dropped here. */
  readonly firstKeptHour: number;
}

/** At most so much of the log is sealed at once: about a second of work, some hundred MB of memory at the very worst. */
const bytesPerPass = 8 * 2 ** 20;
const recordsPerPass = 20_000;
const blocksPerTransaction = 2000;
/** Blocks encoded before the event loop gets its turn. */
const blocksPerTurn = 200;

/**
 * Moves datapoints from the front of a shard's log into the blocks of their hours; answers false when there was nothing (left) to move.
 *
 * Blocks are written first, the log is cut afterwards in a transaction of its own: a kill in between leaves datapoints in both, which readers
 * merge and the next sealing writes again, the same. Log records up to `minute` of arrival are taken.
 */
export async function sealShard(sealing: Sealing, shard: number, minute: number): Promise<boolean> {
  const { tree, names } = sealing;
  tree.fresh();
  const head = readHead(tree, shard);
  const cache = names.at(tree, shard, head);
  const piece = takePiece(tree, cache, { shard, first: head.firstSequence, end: head.nextSequence }, minute);
  if (piece.end === head.firstSequence) return false;
  const blocks = await encodeBlocks(sealing, shard, piece.columns);
  for (let i = 0; i < blocks.length; i += blocksPerTransaction) {
    const done = await tree.write((writer) => {
      if (overtaken(readHead(writer, shard), head)) return false;
      if (i === 0) widenExtents(writer, shard, blocks);
      for (const { key, block } of blocks.slice(i, i + blocksPerTransaction)) writer.put(key, block);
      return true;
    });
    if (!done) return true;
  }
  await tree.write((writer) => cutLog(writer, shard, head, piece));
  return true;
}

/** Names were removed meanwhile, whose blocks must not come back; or somebody else sealed, and our blocks are older than theirs. */
const overtaken = (now: ShardHead, before: ShardHead): boolean => now.removals !== before.removals || now.firstSequence !== before.firstSequence;

interface Piece {
  /** Sequence after the last record of the piece. */
  readonly end: number;
  readonly bytes: number;
  /** By id. */
  readonly columns: Map<number, Columns>;
}

function takePiece(reader: TreeReader, cache: ShardCache, range: LogRange, minute: number): Piece {
  const slotOf = new Uint32Array(cache.nextId);
  const ids: number[] = [];
  cache.names.forEach((_, id) => (slotOf[id] = ids.push(id)));
  const into = gathered();
  let bytes = 0;
  let records = 0;
  // To the very end, damaged records included, unless a record says otherwise.
  let { end } = range;
  visitLog(reader, range, (record, sequence) => {
    if (record.minute > minute || bytes > bytesPerPass || records >= recordsPerPass) {
      end = sequence;
      return false;
    }
    gatherRecord(record, slotOf, { from: -Infinity, until: Infinity }, into);
    bytes += record.words.byteLength;
    records += 1;
    return true;
  });
  const columns = new Map(bySlot(into, ids.length).map((column, slot) => [ids[slot]!, column] as const).filter(([, { timestamps }]) => timestamps.length > 0));
  return { end, bytes, columns };
}

interface EncodedBlock {
  readonly id: number;
  readonly hour: number;
  readonly key: Uint8Array;
  readonly block: Uint8Array;
}

async function encodeBlocks(sealing: Sealing, shard: number, columns: Map<number, Columns>): Promise<EncodedBlock[]> {
  const blocks: EncodedBlock[] = [];
  let sinceTurn = 0;
  for (const [id, column] of columns) {
    for (const [hour, fresh] of byHour(inOrder(column))) {
      if (hour < sealing.firstKeptHour) continue;
      const key = blockKey(shard, hour, id);
      blocks.push({ id, hour, key, block: mergedBlock(sealing, key, fresh) });
      sinceTurn += 1;
    }
    if (sinceTurn >= blocksPerTurn) {
      sinceTurn = 0;
      await nextTurn();
    }
  }
  return blocks.sort((a, b) => a.hour - b.hour || a.id - b.id);
}

function mergedBlock({ tree, logger }: Sealing, key: Uint8Array, fresh: Columns): Uint8Array {
  const present = tree.get(key);
  const merged = present === undefined ? fresh : mergeColumns(decoded(present), fresh);
  const excess = merged.timestamps.length - maxBlockDatapoints;
  if (excess > 0) logger.warn('store.too-dense', { dropped: excess, perHour: maxBlockDatapoints });
  return encodeBlock(merged.timestamps.subarray(Math.max(0, excess)), merged.values.subarray(Math.max(0, excess)));
}

/** What does not decode was never served either: the block starts anew. */
function decoded(block: Uint8Array): Columns {
  try {
    return decodeBlock(block);
  } catch (error) {
    if (isSkylarkError(error)) return { timestamps: new Float64Array(0), values: new Float64Array(0) };
    throw error;
  }
}

/** Before the blocks are there, so that a removal finds them whatever happens in between. */
function widenExtents(writer: TreeWriter, shard: number, blocks: readonly EncodedBlock[]): void {
  const extents = readExtents(writer, shard);
  for (const { id, hour } of blocks) widen(extents, id, hour);
  writeExtents(writer, shard, extents);
}

function cutLog(writer: TreeWriter, shard: number, before: ShardHead, { end, bytes }: Piece): void {
  const head = readHead(writer, shard);
  if (overtaken(head, before)) return;
  const sealed: Uint8Array[] = [];
  writer.keys(logKey(shard, head.firstSequence), logKey(shard, end), (key) => void sealed.push(key));
  for (const key of sealed) writer.remove(key);
  const empty = end === head.nextSequence;
  writeHead(writer, shard, { ...head, firstSequence: end, logBytes: empty ? 0 : Math.max(0, head.logBytes - bytes), firstMinute: empty ? 0 : firstMinute(writer, shard, end, head.nextSequence) });
}

function firstMinute(reader: TreeReader, shard: number, first: number, end: number): number {
  let minute = 0;
  visitLog(reader, { shard, first, end }, (record) => {
    minute = record.minute;
    return false;
  });
  return minute;
}
