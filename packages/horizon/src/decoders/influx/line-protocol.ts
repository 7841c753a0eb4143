import type { RejectionReason } from '@skylark/core';
import { asBuffer } from '../bytes.js';
import type { ItemSink } from '../decoder.js';
import { isInt64, readFieldValue } from './field-value.js';
import { compileInfluxTemplate, defaultInfluxTemplate } from './influx-names.js';
import { scanLine } from './line-scanner.js';
import { toSeconds, truncateToSeconds, type Precision } from './precision.js';

export interface LineProtocolOptions {
  /** Unit of the timestamps (`n`, nanoseconds). */
  readonly precision?: Precision;
  /** Time of lines without one, in nanoseconds since the epoch; truncated to the precision. Without it they get NaN, which means now. */
  readonly defaultTimestampNs?: bigint;
  /** Longest line without its newline (65,536). */
  readonly maxLineBytes?: number;
  /** See `compileInfluxTemplate`. */
  readonly template?: string;
}

/** A line that is not line protocol. */
export interface LineError {
  /** From 1, comments and blank lines counted. */
  readonly line: number;
  /** Its first 256 bytes. */
  readonly text: string;
  readonly detail: string;
}

export interface LineProtocolResult {
  /** Lines that are neither blank nor a comment. */
  readonly lines: number;
  /** How many of them were refused as `syntax`: what InfluxDB answers 400 to. */
  readonly failed: number;
  /** The first 20 of these. */
  readonly errors: readonly LineError[];
}

const defaultMaxLineBytes = 65_536;
const maxErrors = 20;
const maxErrorText = 256;
const defaultSliceBytes = 65_536;

/**
 * InfluxDB's line protocol: `measurement,tag=value field=1,other=2i 1700000000000000000`. Each numeric field is a datapoint named by the template,
 * booleans are 1 and 0, timestamps become seconds (the nearest double). A line that cannot be taken apart is one rejected item and nothing of it
 * is handed over; a field that is no finite number is one rejected item, and the line's other fields are kept.
 *
 * Rejects with: syntax, not-utf8, too-long, bad-timestamp (lines); not-numeric, nan, bad-value (fields; offset and bytes are the line's).
 * Source: wire-rules.md; influxdata/line-protocol.
 *
 * @example decodeLineProtocol(Buffer.from('cpu,host=a idle=0.5 1700000000000000000'), sink, {}) // datapoint('cpu.idle;host=a', 1700000000, 0.5)
 */
export function decodeLineProtocol(bytes: Uint8Array, sink: ItemSink, options: LineProtocolOptions = {}): LineProtocolResult {
  const slices = decodeLineProtocolInSlices(bytes, sink, options);
  for (;;) {
    const step = slices.next();
    if (step.done === true) return step.value;
  }
}

export interface SliceOptions extends LineProtocolOptions {
  /** How much is decoded between two yields (64 KiB, about a millisecond). */
  readonly sliceBytes?: number;
}

/** The same in slices, so that other work can be done between. Yields, before the first line and then about every `sliceBytes`, where the next line starts. */
export function* decodeLineProtocolInSlices(body: Uint8Array, sink: ItemSink, options: SliceOptions = {}): Generator<number, LineProtocolResult> {
  const bytes = asBuffer(body);
  const decodeLine = createLineDecoder(bytes, sink, options);
  const { sliceBytes = defaultSliceBytes } = options;
  const errors: LineError[] = [];
  let lines = 0;
  let failed = 0;
  let newlines = 0;
  let pause = 0;
  for (let at = skipBlank(bytes, 0), from = 0; at < bytes.length; ) {
    if (at >= pause) {
      pause = at + sliceBytes;
      yield at;
    }
    const { next, failure } = decodeLine(at);
    lines++;
    if (failure !== null && ++failed <= maxErrors) {
      newlines += countNewlines(bytes, from, at);
      from = at;
      errors.push({ line: newlines + 1, text: bytes.toString('utf8', at, Math.min(failure.end, at + maxErrorText)), detail: failure.detail });
    }
    at = skipBlank(bytes, next);
  }
  return { lines, failed, errors };
}

interface LineOutcome {
  readonly next: number;
  readonly failure: { readonly end: number; readonly detail: string } | null;
}

function createLineDecoder(bytes: Buffer, sink: ItemSink, options: LineProtocolOptions): (at: number) => LineOutcome {
  const { precision = 'n', defaultTimestampNs, maxLineBytes = defaultMaxLineBytes, template = defaultInfluxTemplate } = options;
  const namer = compileInfluxTemplate(template);
  const defaultSeconds = defaultTimestampNs === undefined ? NaN : truncateToSeconds(defaultTimestampNs, precision);

  return (at) => {
    const line = scanLine(bytes, at, maxLineBytes);
    if ('refusal' in line) {
      sink.reject(line.refusal, at, line.end - at, line.detail);
      return { next: line.next, failure: line.refusal === 'syntax' ? line : null };
    }
    const length = lineLength(bytes, at, line.next);
    const seconds = line.time === null ? defaultSeconds : isInt64(line.time) ? toSeconds(line.time, precision) : null;
    if (seconds === null) {
      sink.reject('bad-timestamp', at, length, line.time ?? undefined);
      return { next: line.next, failure: null };
    }
    const values = line.fields.map(({ text }) => (text === null ? 'not-numeric' : readFieldValue(text)));
    const unreadable = values.indexOf('syntax');
    if (unreadable >= 0) {
      const detail = `invalid value of field ${line.fields[unreadable]?.key.slice(0, 40) ?? ''}`;
      sink.reject('syntax', at, length, detail);
      return { next: line.next, failure: { end: at + length, detail } };
    }
    const nameOf = namer(line.measurement, line.tags);
    line.fields.forEach(({ key }, index) => {
      const value = values[index] as number | RejectionReason;
      if (typeof value === 'number') sink.datapoint(nameOf(key), seconds, value);
      else sink.reject(value, at, length, key.slice(0, 40));
    });
    return { next: line.next, failure: null };
  };
}

/** Without the newline. */
function lineLength(bytes: Buffer, at: number, next: number): number {
  const end = Math.min(next, bytes.length);
  return (bytes[end - 1] === 0x0a ? end - 1 : end) - at;
}

/** The next line that is neither blank nor a comment. A comment with a control character is left to be refused. */
function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const start = at;
    while (bytes[at] === 0x20) at++;
    if (bytes[at] === 0x23) {
      while (at < bytes.length && bytes[at]! >= 0x20 && bytes[at] !== 0x7f) at++;
      const end = bytes[at] === 0x0d ? at + 1 : at;
      if (end < bytes.length && bytes[end] !== 0x0a) return start;
      at = end + 1;
    } else if (bytes[at] === 0x0a) at++;
    else if (bytes[at] === 0x0d && (at + 1 >= bytes.length || bytes[at + 1] === 0x0a)) at += 2;
    else return at;
    if (at >= bytes.length) return bytes.length;
  }
}

function countNewlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a, from); at >= 0 && at < to; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}
