import { after, kinds, readNumber, shardKey } from '../keys.js';
import { largestId, readLogRecord } from '../../series/log-record.js';
import type { TreeReader, TreeWriter } from '../tree.js';

/** The counters of a shard: one small record, read and written by every change of the shard. */
export interface ShardHead {
  /** Changes with every change of the list of names. */
  readonly version: number;
  /** Changes with every removal of names: ids that were looked up before may be void. */
  readonly removals: number;
  /** Ids are dense, start at 1 and are never used again. */
  readonly nextId: number;
  /** The log holds the records from `firstSequence` to before `nextSequence`. */
  readonly firstSequence: number;
  readonly nextSequence: number;
  readonly logBytes: number;
  /** Minute of arrival of the log's first record; 0 when the log is empty. */
  readonly firstMinute: number;
}

const emptyHead: ShardHead = { version: 1, removals: 0, nextId: 1, firstSequence: 1, nextSequence: 1, logBytes: 0, firstMinute: 0 };
const fields = ['version', 'removals', 'nextId', 'firstSequence', 'nextSequence', 'logBytes', 'firstMinute'] as const;

/** Every shard has its head from the day the store is made; one that is missing was damaged and is made again from what is there. */
export function readHead(reader: TreeReader, shard: number): ShardHead {
  const payload = reader.get(shardKey(kinds.head, shard));
  if (payload === undefined || payload.length !== fields.length * 8) return rebuildHead(reader, shard);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Object.fromEntries(fields.map((field, i) => [field, view.getFloat64(i * 8, true)])) as unknown as ShardHead;
}

export function writeHead(writer: TreeWriter, shard: number, head: ShardHead): void {
  writer.put(shardKey(kinds.head, shard), new Uint8Array(Float64Array.from(fields, (field) => head[field]).buffer));
}

export function makeHeads(writer: TreeWriter, shards: number): void {
  for (let shard = 0; shard < shards; shard += 1) writeHead(writer, shard, emptyHead);
}

/** Versions count up by ones, so a jump of this size is one that no reader has seen. */
const leap = 2 ** 32;

function rebuildHead(reader: TreeReader, shard: number): ShardHead {
  let lastId = 0;
  for (const kind of [kinds.name, kinds.nameCopy, kinds.block] as const) {
    const prefix = shardKey(kind, shard);
    reader.keys(prefix, after(prefix), (key) => {
      lastId = Math.max(lastId, readNumber(key, key.length - 4, 4));
    });
  }
  const log = measureLog(reader, shard);
  const unseen = leap + Math.max(lastId, log.largestId) + log.lastSequence;
  return {
    version: unseen, removals: unseen, nextId: Math.max(lastId, log.largestId) + 1,
    firstSequence: log.firstSequence || 1, nextSequence: log.lastSequence + leap, logBytes: log.bytes, firstMinute: log.firstMinute,
  };
}

interface LogMeasures {
  firstSequence: number;
  lastSequence: number;
  bytes: number;
  firstMinute: number;
  largestId: number;
}

function measureLog(reader: TreeReader, shard: number): LogMeasures {
  const prefix = shardKey(kinds.log, shard);
  const log: LogMeasures = { firstSequence: 0, lastSequence: 0, bytes: 0, firstMinute: 0, largestId: 0 };
  reader.scan(prefix, after(prefix), (key, payload) => {
    const record = readLogRecord(payload);
    if (!record) return;
    log.lastSequence = readNumber(key, 3, 6);
    log.firstSequence ||= log.lastSequence;
    log.firstMinute ||= record.minute;
    log.bytes += payload.length;
    log.largestId = Math.max(log.largestId, largestId(record));
  });
  return log;
}
