import { repliesOf, type Fill, type RedisConnection } from '../connection/redis-connection.js';
import { bySlot, gathered, type Columns, type Gathered } from '../../series/columns.js';
import { gatherRecord, type SlotOf } from '../../series/log-record.js';
import type { Damage } from './damage.js';
import { visitRecords } from './log-segment.js';
import { headFill, parseHead, unsealed, type ShardHead } from './shard-head.js';
import { segmentKey, type ShardKeys } from './shard-keys.js';

export interface LogReading {
  readonly connection: RedisConnection;
  readonly keys: readonly ShardKeys[];
  readonly damage: Damage;
}

export interface WantedLog {
  readonly shard: number;
  readonly head: ShardHead;
  readonly slotOf: SlotOf;
  readonly slots: number;
  readonly window: { readonly from: number; readonly until: number };
}

/** Segments are asked for in groups: at most so many bytes are underway, if the head's count is right. */
const bytesPerGroup = 8 * 2 ** 20;

/**
 * The datapoints of the wanted ids in the unsealed log, by slot and in order of append, and the head as it was afterwards.
 *
 * The youngest segments are read first. A segment that is sealed meanwhile is missing then, but it is older than all that was read, and blocks, which are to
 * be read with the answered head, have it: so nothing that was appended before the call is missed, or overtaken by something older.
 */
export async function readLog(reading: LogReading, wanted: WantedLog): Promise<{ columns: Columns[]; head: ShardHead | null }> {
  const { connection, keys } = reading;
  const { shard, head } = wanted;
  const segments = unsealed(head).map(({ segment }) => segment);
  const perGroup = Math.max(1, Math.floor(segments.length * (bytesPerGroup / Math.max(head.bytes, 1))));
  const pieces: Gathered[] = [];
  let after: ShardHead | null = head;
  for (let end = segments.length; end > 0; end -= perGroup) {
    const group = segments.slice(Math.max(0, end - perGroup), end).reverse();
    const fills: Fill[] = group.map((segment) => (pipeline) => pipeline.getBuffer(segmentKey(keys[shard]!, head.era, segment)));
    const written = await connection.readMany([...fills, headFill(keys[shard]!.head)]);
    group.forEach((segment, i) => pieces.push(gatherSegment(reading, wanted, segmentKey(keys[shard]!, head.era, segment), repliesOf(written[i]!)[0] as Buffer | null)));
    after = parseHead(repliesOf(written[group.length]!)[0]);
  }
  return { columns: bySlot(together(pieces.reverse()), wanted.slots), head: after };
}

function gatherSegment({ damage }: LogReading, { slotOf, window }: WantedLog, key: string, bytes: Buffer | null): Gathered {
  const into = gathered();
  if (bytes) visitRecords(bytes, true, { record: (record) => gatherRecord(record, slotOf, window, into), damaged: (at) => damage.found('log', `${key} ${at}`) });
  return into;
}

function together(pieces: readonly Gathered[]): Gathered {
  if (pieces.length === 1) return pieces[0]!;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all: Gathered = { slots: new Uint32Array(length), timestamps: new Float64Array(length), values: new Float64Array(length), length };
  let at = 0;
  for (const piece of pieces) {
    all.slots.set(piece.slots.subarray(0, piece.length), at);
    all.timestamps.set(piece.timestamps.subarray(0, piece.length), at);
    all.values.set(piece.values.subarray(0, piece.length), at);
    at += piece.length;
  }
  return all;
}
