import type { RejectionReason } from '@skylark/core';
import { normaliseTags } from '../../names/tags.js';
import { asBuffer } from '../bytes.js';
import { parseDecimalText, valueRefusal } from '../decimal.js';
import type { ItemSink } from '../decoder.js';
import { notUtf8, readPickle, type PickleValue, type Sequence } from './pickle-machine.js';

export interface PickleFrameOptions {
  /** Most items of a frame (10,000); relays send at most 500. */
  readonly maxItems?: number;
  /** Levels of nesting (8); a list of datapoints has 3. */
  readonly maxDepth?: number;
  /** Where the frame lies in its stream, with its length prefix: what items are rejected with (the frame itself). */
  readonly offset?: number;
  readonly length?: number;
}

/** Values an item needs: list, marks, name, pair, timestamp, value, memo; with room to spare. */
const valuesPerItem = 16;

/**
 * Carbon's pickle protocol, one frame without its length prefix: a list or tuple of `(metric, (timestamp, value))` of any protocol from 0 to 5.
 * Only data is read, by an allow-list of opcodes: a frame with any other is rejected whole, as is one that is cut, or no list. Bad items are
 * rejected one by one. As in carbon, numbers may be written as text, and the timestamp -1 is now. Bytes after the pickle are ignored.
 *
 * Rejects frames with: syntax, hostile, too-long (over `maxItems`); items with: syntax, bad-name, bad-value, nan, bad-timestamp, not-utf8.
 * Source: wire-rules.md; Python's pickletools; carbon/protocols.py.
 */
export function decodePickleFrame(frame: Uint8Array, sink: ItemSink, options: PickleFrameOptions = {}): void {
  const { maxItems = 10_000, maxDepth = 8, offset = 0, length = frame.length } = options;
  const read = readPickle(asBuffer(frame), { maxValues: valuesPerItem * maxItems, maxDepth });
  if ('reason' in read) return sink.reject(read.reason, offset, length, read.detail);
  const list = read.value;
  if (!isSequence(list)) return sink.reject('syntax', offset, length, 'no list');
  if (list.items.length > maxItems) return sink.reject('too-long', offset, length, `more than ${maxItems} items`);
  list.items.forEach((item, index) => {
    const refusal = readItem(item, sink);
    if (refusal !== null) sink.reject(refusal, offset, length, `item ${index}`);
  });
}

/** Hands one item over, or answers why it cannot be. */
function readItem(item: PickleValue, sink: ItemSink): RejectionReason | null {
  if (!isSequence(item) || item.items.length !== 2) return 'syntax';
  const [name, point] = item.items;
  if (!isSequence(point) || point.items.length !== 2) return 'syntax';
  if (name === notUtf8) return 'not-utf8';
  const metric = typeof name === 'string' ? normaliseTags(name) : null;
  if (metric === null) return 'bad-name';
  const [time, amount] = point.items;
  const value = numberOf(amount);
  if (!Number.isFinite(value)) return isNaNValue(amount) ? 'nan' : 'bad-value';
  const timestamp = numberOf(time);
  if (!Number.isFinite(timestamp)) return 'bad-timestamp';
  sink.datapoint(metric, timestamp === -1 ? NaN : timestamp, value);
  return null;
}

function isSequence(value: PickleValue | undefined): value is Sequence {
  return typeof value === 'object' && value !== null;
}

/** NaN for what is no number. */
function numberOf(value: PickleValue | undefined): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseDecimalText(value.trim()) : NaN;
}

function isNaNValue(value: PickleValue | undefined): boolean {
  return typeof value === 'number' ? Number.isNaN(value) : typeof value === 'string' && valueRefusal(value.trim()) === 'nan';
}
