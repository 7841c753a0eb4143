import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBlock, encodeBlock, maxBlockDatapoints } from '@skylark/algorithms';
import { isSkylarkError } from '@skylark/core';
import { repliesOf } from '../connection/redis-connection.js';
import { bySlot, gathered, inOrder, mergeColumns, noColumns, type Columns, type Gathered } from '../../series/columns.js';
import { byHour } from '../../series/hours.js';
import { gatherRecord, largestId, type LogRecord } from '../../series/log-record.js';
import { chunkOf, decodeChunk, encodeChunk, type ChunkEntry } from './chunks.js';
import { addHours, readExtents, widen, writeExtents } from './extents.js';
import { visitRecords } from './log-segment.js';
import { cutLogScript } from './scripts.js';
import { beginSealing, writeBlocks, type ChunkWrite, type Sealing } from './sealing.js';
import { readHead, unsealed } from './shard-head.js';
import { firstSegmentOf, minuteOfSegment, segmentKey } from './shard-keys.js';

/** At most about so much of the log is sealed at once: a second of work, some hundred MB of memory. */
const bytesPerPass = 8 * 2 ** 20;
/** Chunks encoded before the event loop gets its turn, and written at once: 100 KB at 60 s, some MB at 1 s. */
const chunksPerWrite = 64;
/** What is sealed stays for followers so long. */
const keptMinutes = 2;

/**
 * Moves datapoints from the front of a shard's log into the blocks of their hours; answers false when there was nothing (left) to move.
 *
 * Blocks are written first, then the log is cut: a kill in between leaves datapoints in both, which readers merge and the next sealing writes again, the same.
 * Every write carries the epoch that this sealing began, so a process that comes back from the dead changes nothing.
 */
export async function sealShard(sealing: Sealing, shard: number, minute: number): Promise<boolean> {
  const { connection, keys } = sealing;
  const before = await readHead(connection, keys[shard]!.head);
  const due = before === null ? [] : unsealed(before).filter(({ segment }) => minuteOfSegment(segment) <= minute);
  if (before === null || due.length === 0) return false;
  const epoch = await beginSealing(sealing, shard, due[due.length - 1]!.segment);
  const { piece, end } = await takePiece(sealing, shard, before.era, due.map(({ segment }) => segment));
  // Names after the log: all that are in it are known by now.
  const head = await readHead(connection, keys[shard]!.head);
  if (head === null || head.era !== before.era) return true;
  const columns = columnsById(piece, (await sealing.names.at(shard, head)).names);
  if (await writeHours(sealing, { shard, era: head.era, epoch }, columns)) await cutLog(sealing, { shard, era: head.era, epoch }, end);
  return true;
}

/** What is sealed up to `end` is no longer log. Also takes away what was kept for followers and is old now. */
export async function cutLog({ connection, keys, now }: Sealing, { shard, era, epoch }: Place, end: number): Promise<void> {
  const young = firstSegmentOf(Math.floor(now / 60) - keptMinutes);
  await connection.script(cutLogScript, [keys[shard]!.head], [epoch, end, `${keys[shard]!.logPrefix}${era}:`, young, (keptMinutes + 1) * 60], { evenWhenFull: true });
}

interface Place {
  readonly shard: number;
  readonly era: string;
  readonly epoch: number;
}

/** The records of the first segments, whole segments only: they are closed and never change. */
async function takePiece({ connection, keys, damage }: Sealing, shard: number, era: string, segments: readonly number[]): Promise<{ piece: LogRecord[]; end: number }> {
  const piece: LogRecord[] = [];
  let bytes = 0;
  let end = 0;
  for (const segment of segments) {
    const key = segmentKey(keys[shard]!, era, segment);
    const found = await connection.read((client) => client.getBuffer(key));
    bytes += found?.length ?? 0;
    if (end > 0 && bytes > bytesPerPass) break;
    end = segment;
    if (found) visitRecords(found, true, { record: (record) => void piece.push(record), damaged: (at) => damage.found('log', `${key} ${at}`) });
  }
  return { piece, end };
}

/** Datapoints by id, in order; of metrics that were removed: none. */
function columnsById(piece: readonly LogRecord[], names: readonly (string | undefined)[]): Map<number, Columns> {
  const slotOf = new Uint32Array(piece.reduce((largest, record) => Math.max(largest, largestId(record)), 0) + 1);
  const ids: number[] = [];
  const into: Gathered = gathered();
  for (const record of piece) {
    forEachId(record, (id) => {
      if (slotOf[id] === 0 && names[id] !== undefined) slotOf[id] = ids.push(id);
    });
    gatherRecord(record, slotOf, { from: -Infinity, until: Infinity }, into);
  }
  return new Map(bySlot(into, ids.length).map((columns, slot) => [ids[slot]!, inOrder(columns)]));
}

function forEachId({ layout, count, words }: LogRecord, visit: (id: number) => void): void {
  const stride = layout === 1 ? 4 : 6;
  for (let i = 0, at = 4; i < count; i += 1, at += stride) visit(words[at]!);
}

/** Hour to chunk to id to columns. */
type Hours = Map<number, Map<number, Map<number, Columns>>>;

/** False: overtaken. Extents go first, so that whoever finds the log cut finds the blocks too. */
async function writeHours(sealing: Sealing, place: Place, columns: ReadonlyMap<number, Columns>): Promise<boolean> {
  const hours = hoursOfColumns(columns, sealing.firstKeptHour);
  if (hours.size === 0) return true;
  const head = await readHead(sealing.connection, sealing.keys[place.shard]!.head);
  if (head === null) return false;
  const extents = await readExtents(sealing, place.shard, head);
  addHours(extents, hours.keys());
  for (const [hour, chunks] of hours) for (const ids of chunks.values()) for (const id of ids.keys()) widen(extents, id, hour);
  if (!(await writeExtents(sealing, place.shard, { epoch: place.epoch, era: place.era, extents }))) return false;
  for (const [hour, chunks] of [...hours].sort(([a], [b]) => a - b)) {
    const all = [...chunks].sort(([a], [b]) => a - b);
    for (let i = 0; i < all.length; i += chunksPerWrite) {
      const merged = await mergeChunks(sealing, { ...place, hour }, all.slice(i, i + chunksPerWrite));
      if (!(await writeBlocks(sealing, { ...place, hour }, merged))) return false;
      await nextTurn();
    }
  }
  return true;
}

function hoursOfColumns(columns: ReadonlyMap<number, Columns>, firstKeptHour: number): Hours {
  const hours: Hours = new Map();
  for (const [id, column] of columns) {
    for (const [hour, part] of byHour(column)) {
      if (hour < firstKeptHour) continue;
      const chunks = hours.get(hour) ?? new Map<number, Map<number, Columns>>();
      const ids = chunks.get(chunkOf(id)) ?? new Map<number, Columns>();
      hours.set(hour, chunks.set(chunkOf(id), ids.set(id, part)));
    }
  }
  return hours;
}

/** The chunks as they are to be written: what they held, and what is new. */
async function mergeChunks(sealing: Sealing, { shard, era, hour }: Place & { hour: number }, chunks: readonly (readonly [chunk: number, ids: ReadonlyMap<number, Columns>])[]): Promise<ChunkWrite[]> {
  const { connection, keys, damage, logger } = sealing;
  const key = keys[shard]!.blocks(era, hour);
  const [written] = await connection.readMany([(pipeline) => pipeline.hmgetBuffer(key, ...chunks.map(([chunk]) => String(chunk)))]);
  const [present] = repliesOf(written!) as [(Buffer | null)[]];
  const merged: ChunkWrite[] = [];
  for (const [i, [chunk, ids]] of chunks.entries()) {
    const bytes = present[i] ?? null;
    const entries = bytes === null ? [] : decodeChunk({ shard, hour, chunk }, bytes);
    if (entries === null) await damage.setAsideChunk(keys[shard]!, key, String(chunk), bytes!);
    const blocks = new Map<number, Uint8Array>(entries?.map(({ id, block }) => [id, block]));
    for (const [id, fresh] of ids) {
      const block = blocks.get(id);
      blocks.set(id, encodedBlock(block === undefined ? fresh : mergeColumns(decoded(block), fresh), (dropped) => logger.warn('store.too-dense', { dropped, perHour: maxBlockDatapoints })));
    }
    merged.push({ chunk, bytes: encodeChunk({ shard, hour, chunk }, inIdOrder(blocks)) });
  }
  return merged;
}

const inIdOrder = (blocks: ReadonlyMap<number, Uint8Array>): ChunkEntry[] => [...blocks].map(([id, block]) => ({ id, block })).sort((a, b) => a.id - b.id);

function encodedBlock({ timestamps, values }: Columns, tooDense: (dropped: number) => void): Uint8Array {
  const excess = Math.max(0, timestamps.length - maxBlockDatapoints);
  if (excess > 0) tooDense(excess);
  return encodeBlock(timestamps.subarray(excess), values.subarray(excess));
}

/** What does not decode was never served either: the block starts anew. */
function decoded(block: Uint8Array): Columns {
  try {
    return decodeBlock(block);
  } catch (error) {
    if (isSkylarkError(error)) return noColumns;
    throw error;
  }
}
