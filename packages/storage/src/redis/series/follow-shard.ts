import { SkylarkError, type Series, type ShardNews } from '@skylark/core';
import { bySlot, gathered, inOrder, type Gathered } from '../../series/columns.js';
import { entryBytes, gatherRecord, headerBytes, type LogRecord } from '../../series/log-record.js';
import { repliesOf } from '../connection/redis-connection.js';
import { recordSize, visitRecords } from './log-segment.js';
import type { NameCaches } from './names.js';
import type { LogReading } from './read-log.js';
import { readHead, type ShardHead } from './shard-head.js';
import { segmentKey } from './shard-keys.js';

/** A place in a shard's log. */
interface Cursor {
  readonly era: string;
  readonly segment: number;
  readonly offset: number;
}

export interface Following extends LogReading {
  readonly names: NameCaches;
}

/** Bytes asked for at once, beyond what the limit needs at least. */
const spareBytes = 64 * 1024;

/**
 * What was appended to a shard since a cursor, in whole records: see `SeriesStore.follow`. The cursor is era, segment and offset; an era of `0` stands for a shard
 * in which nothing had ever been written.
 */
export async function followShard(following: Following, shard: number, cursor: string | null, limit: number): Promise<ShardNews> {
  const since = cursor === null ? null : parseCursor(cursor);
  const head = await readHead(following.connection, following.keys[shard]!.head);
  if (since === null || head === null) return { cursor: await endOfLog(following, shard, head), series: [], missed: since !== null && since.era !== '0' };
  const from = startOf(head, since);
  const news = await readNews(following, { shard, head, ...from, limit });
  // After the log: names of all that is in it are there by now.
  const cache = await following.names.at(shard, await readHead(following.connection, following.keys[shard]!.head));
  return { cursor: formatCursor(news.next), series: seriesOf(news.records, cache.names), missed: from.missed || news.missed };
}

function parseCursor(cursor: string): Cursor {
  const match = /^(\d{1,16})-(\d{1,15})-(\d{1,15})$/.exec(cursor);
  if (!match) throw new SkylarkError('bad-request', `cursor ${JSON.stringify(cursor.slice(0, 40))}`);
  return { era: match[1]!, segment: Number(match[2]), offset: Number(match[3]) };
}

const formatCursor = ({ era, segment, offset }: Cursor): string => `${era}-${segment}-${offset}`;

async function endOfLog({ connection, keys }: Following, shard: number, head: ShardHead | null): Promise<string> {
  if (head === null) return formatCursor({ era: '0', segment: 0, offset: 0 });
  const offset = await connection.read((client) => client.strlen(segmentKey(keys[shard]!, head.era, head.last)));
  return formatCursor({ era: head.era, segment: head.last, offset });
}

/** Where to go on, and whether something that came before is no longer there. */
function startOf(head: ShardHead, since: Cursor): { start: Cursor; missed: boolean } {
  const oldest: Cursor = { era: head.era, segment: head.segments[0]?.segment ?? head.last, offset: 0 };
  const begin = { segment: 0, offset: 0, ...(since.era === head.era ? since : {}) };
  if (since.era !== head.era && since.era !== '0') return { start: oldest, missed: true };
  if (head.segments.some(({ segment }) => segment === begin.segment)) return { start: { ...begin, era: head.era }, missed: false };
  const { dropped } = head;
  const missed = dropped !== null && (begin.segment < dropped.segment || (begin.segment === dropped.segment && begin.offset < (dropped.length ?? 0)));
  return { start: begin.segment > oldest.segment && !missed ? { ...begin, era: head.era } : oldest, missed };
}

interface Reading {
  readonly shard: number;
  readonly head: ShardHead;
  readonly start: Cursor;
  readonly limit: number;
}

interface News {
  readonly records: readonly LogRecord[];
  readonly next: Cursor;
  readonly missed: boolean;
}

/** Goes through the segments from the start on until there are about as many datapoints as wanted. */
async function readNews(following: Following, { shard, head, start, limit }: Reading): Promise<News> {
  const records: LogRecord[] = [];
  let datapoints = 0;
  let next = start;
  let missed = false;
  const segments = head.segments.map(({ segment }) => segment).filter((segment) => segment >= start.segment);
  for (const segment of segments) {
    if (segment > next.segment) next = { ...next, segment, offset: 0 };
    const found = await readSegment(following, { shard, head, start: next, limit: limit - datapoints }, datapoints === 0);
    records.push(...found.records);
    datapoints += found.records.reduce((sum, { count }) => sum + count, 0);
    next = { ...next, offset: found.offset };
    missed ||= found.missed;
    if (!found.isAtEnd) break;
  }
  return { records, next, missed };
}

/** Records of one segment from an offset on; at least one, if `atLeastOne` and there is one. */
async function readSegment({ connection, keys, damage }: Following, { shard, head, start, limit }: Reading, atLeastOne: boolean): Promise<{ records: LogRecord[]; offset: number; isAtEnd: boolean; missed: boolean }> {
  const key = segmentKey(keys[shard]!, head.era, start.segment);
  const records: LogRecord[] = [];
  let want = headerBytes + Math.max(0, limit) * entryBytes(2) + spareBytes;
  for (;;) {
    const [written] = await connection.readMany([(pipeline) => pipeline.strlen(key).getrangeBuffer(key, start.offset, start.offset + want - 1)]);
    const [length, bytes] = repliesOf(written!) as [number, Buffer];
    if (length < start.offset) return { records, offset: length, isAtEnd: true, missed: true };
    let datapoints = 0;
    let stopped = -1;
    const end = visitRecords(bytes, start.offset + bytes.length >= length, {
      record(record, recordEnd) {
        if (datapoints + record.count > limit && !(atLeastOne && datapoints === 0)) {
          stopped = recordEnd - headerBytes - record.count * entryBytes(record.layout);
          return false;
        }
        datapoints += record.count;
        records.push(record);
        return true;
      },
      damaged: (at) => damage.found('log', `${key} ${start.offset + at}`),
    });
    if (stopped >= 0) return { records, offset: start.offset + stopped, isAtEnd: false, missed: false };
    // A record that is larger than what was asked for.
    if (end === 0 && bytes.length > 0 && start.offset + bytes.length < length) {
      want = Math.max(want * 2, recordSize(new Uint8Array(bytes), 0) ?? 0);
      continue;
    }
    return { records, offset: start.offset + end, isAtEnd: start.offset + end >= length, missed: false };
  }
}

/** By metric, in the order first seen; ids without a name are left out. */
function seriesOf(records: readonly LogRecord[], names: readonly (string | undefined)[]): Series[] {
  const slotOf = new Uint32Array(names.length);
  const order: number[] = [];
  const into: Gathered = gathered();
  for (const record of records) {
    const stride = entryBytes(record.layout) / 4;
    for (let i = 0; i < record.count; i += 1) {
      const id = record.words[4 + i * stride]!;
      if (slotOf[id] === 0 && names[id] !== undefined) slotOf[id] = order.push(id);
    }
    gatherRecord(record, slotOf, { from: -Infinity, until: Infinity }, into);
  }
  return bySlot(into, order.length).map((columns, slot) => {
    const { timestamps, values } = inOrder(columns);
    return { metric: names[order[slot]!]!, timestamps: timestamps.slice(), values: values.slice() };
  });
}
