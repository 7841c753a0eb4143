import { crc32 } from 'node:zlib';
import { entryBytes, headerBytes, logLayouts, type LogRecord } from '../../series/log-record.js';
import type { ShardPart } from '../../series/scatter.js';

/**
 * A segment of the log is records one behind the other, each as in `series/log-record.ts`, but for two words of the header: the first holds the layout and
 * three bytes that mark a record's beginning, the fourth a CRC-32 of all the rest. So a reader finds what was not written by us, and goes on behind it.
 */
const mark = 0x534b4c00;
const markMask = 0xffffff00;
const largestCount = 2 ** 26;

/** The record of a part, with its handles turned into ids; a copy, so that it can be made again should the ids be void. */
export function recordOf({ layout, count, words }: ShardPart, idOfHandle: Uint32Array): Buffer {
  const copy = words.slice(0, (headerBytes + count * entryBytes(layout)) / 4);
  const stride = entryBytes(layout) / 4;
  for (let i = 0, at = 4; i < count; i += 1, at += stride) copy[at] = idOfHandle[copy[at]!]!;
  copy[0] = mark | layout;
  const bytes = Buffer.from(copy.buffer);
  copy[3] = checksumOf(bytes);
  return bytes;
}

const checksumOf = (record: Uint8Array): number => crc32(record.subarray(headerBytes), crc32(record.subarray(0, 12)));

export interface SegmentVisitor {
  /** `end` is where the record ends; answer false to stop. */
  record(record: LogRecord, end: number): boolean | void;
  /** Bytes that are no record. */
  damaged(at: number, bytes: number): void;
}

/**
 * Visits the records of (a piece of) a segment in order; answers where it stopped.
 *
 * @param isWhole whether the bytes go to the segment's end: if not, a record that goes on beyond them is left for the next piece
 */
export function visitRecords(bytes: Uint8Array, isWhole: boolean, visitor: SegmentVisitor): number {
  // Views of 8 bytes want an aligned beginning, which a reply's buffer has only by chance.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  let at = 0;
  while (at < aligned.length) {
    const size = recordSize(aligned, at);
    if (size !== null && at + size > aligned.length && !isWhole) return at;
    const record = size === null || at + size > aligned.length ? null : readRecord(aligned.subarray(at, at + size));
    if (record && size !== null) {
      at += size;
      if (visitor.record(record, at) === false) return at;
      continue;
    }
    const next = nextRecord(aligned, at + 1, isWhole);
    visitor.damaged(at, next - at);
    at = next;
  }
  return at;
}

/** By the header at a place; null: that is none. */
export function recordSize(bytes: Uint8Array, at: number): number | null {
  if (at + headerBytes > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes);
  const first = view.getUint32(0, true);
  const layout = first & 0xff;
  const count = view.getUint32(8, true);
  if ((first & markMask) !== (mark | 0) || (layout !== logLayouts.whole && layout !== logLayouts.fractional) || count === 0 || count > largestCount) return null;
  return headerBytes + count * entryBytes(layout);
}

function readRecord(bytes: Uint8Array): LogRecord | null {
  const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Uint32Array(own.buffer, own.byteOffset, own.length >>> 2);
  if (words[3] !== checksumOf(own)) return null;
  return { layout: words[0]! & 0xff, minute: words[1]!, count: words[2]!, words, doubles: new Float64Array(own.buffer, own.byteOffset, own.length >>> 3) };
}

/** Where the next sound record begins; the end if there is none. */
function nextRecord(bytes: Uint8Array, from: number, isWhole: boolean): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const pattern = Buffer.from([0x4c, 0x4b, 0x53]);
  for (let at = buffer.indexOf(pattern, from + 1) - 1; at >= from; at = buffer.indexOf(pattern, at + 2) - 1) {
    const size = recordSize(bytes, at);
    if (size === null) continue;
    if (at + size > bytes.length ? !isWhole : readRecord(bytes.subarray(at, at + size))) return at;
  }
  return bytes.length;
}
