import { reserve, type Gathered } from './columns.js';

/**
 * One append's datapoints of one shard, in order of arrival. Little-endian; a header of 16 bytes (layout, minute of arrival, count, nothing), then
 * - layout 1: 16 bytes each: u32 id, u32 timestamp, f64 value; timestamps are whole seconds.
 * - layout 2: 24 bytes each: u32 id, u32 nothing, f64 timestamp, f64 value.
 */
export const logLayouts = { whole: 1, fractional: 2 } as const;
export const headerBytes = 16;

export const entryBytes = (layout: number): number => (layout === logLayouts.fractional ? 24 : 16);

export interface LogRecord {
  readonly layout: number;
  readonly minute: number;
  readonly count: number;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
}

/** Views over a payload; undefined when it is none (its checksum fits, so a bug or a later layout wrote it). */
export function readLogRecord(payload: Uint8Array): LogRecord | undefined {
  const bytes = payload.byteOffset % 8 === 0 ? payload : new Uint8Array(payload);
  if (bytes.length < headerBytes) return undefined;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const [layout = 0, minute = 0, count = 0] = words;
  if (layout !== logLayouts.whole && layout !== logLayouts.fractional) return undefined;
  if (bytes.length !== headerBytes + count * entryBytes(layout)) return undefined;
  return { layout, minute, count, words, doubles: new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3) };
}

export function largestId({ layout, count, words }: LogRecord): number {
  const stride = entryBytes(layout) / 4;
  let largest = 0;
  for (let i = 0, at = 4; i < count; i += 1, at += stride) largest = Math.max(largest, words[at]!);
  return largest;
}

/** Which ids are wanted, as slots: `slotOf[id] - 1`, 0 for those that are not. */
export type SlotOf = Uint32Array;

/** Slots for ids, in order; 0 stands for a metric that is not known and gets none. Ids are distinct. */
export function slotsOf(ids: readonly number[]): SlotOf {
  const slotOf = new Uint32Array(ids.reduce((largest, id) => Math.max(largest, id), 0) + 1);
  ids.forEach((id, slot) => {
    if (id > 0) slotOf[id] = slot + 1;
  });
  return slotOf;
}

/** Adds a record's datapoints of the wanted ids with from <= timestamp < until. */
export function gatherRecord(record: LogRecord, slotOf: SlotOf, window: { from: number; until: number }, into: Gathered): void {
  reserve(into, record.count);
  const { words, doubles, count } = record;
  const { slots, timestamps, values } = into;
  const { from, until } = window;
  const whole = record.layout === logLayouts.whole;
  const stride = whole ? 4 : 6;
  let end = into.length;
  for (let i = 0, at = 4; i < count; i += 1, at += stride) {
    const id = words[at]!;
    const slot = id < slotOf.length ? slotOf[id]! : 0;
    if (slot === 0) continue;
    const timestamp = whole ? words[at + 1]! : doubles[(at + 2) >>> 1]!;
    if (timestamp < from || timestamp >= until) continue;
    slots[end] = slot - 1;
    timestamps[end] = timestamp;
    values[end] = doubles[(at + stride - 2) >>> 1]!;
    end += 1;
  }
  into.length = end;
}
