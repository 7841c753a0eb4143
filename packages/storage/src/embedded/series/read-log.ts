import { logKey, readNumber } from '../keys.js';
import type { TreeReader } from '../tree.js';
import { gathered, type Gathered } from '../../series/columns.js';
import { gatherRecord, readLogRecord, type LogRecord, type SlotOf } from '../../series/log-record.js';

export interface LogRange {
  readonly shard: number;
  /** Sequences [first, end). */
  readonly first: number;
  readonly end: number;
}

/** Visits a shard's log records in order of append; stops when answered false. */
export function visitLog(reader: TreeReader, { shard, first, end }: LogRange, visit: (record: LogRecord, sequence: number) => boolean | void): void {
  if (first >= end) return;
  reader.scan(logKey(shard, first), logKey(shard, end), (key, payload) => {
    const record = readLogRecord(payload);
    return record ? visit(record, readNumber(key, 3, 6)) : true;
  });
}

/** The datapoints of the wanted ids in a window, in order of append: one scan for all of them. */
export function gatherLog(reader: TreeReader, range: LogRange, slotOf: SlotOf, window: { from: number; until: number }): Gathered {
  const into = gathered();
  visitLog(reader, range, (record) => gatherRecord(record, slotOf, window, into));
  return into;
}
