import type { RejectionReason } from '@skylark/core';
import { normaliseTags } from '../../names/tags.js';
import { asBuffer, createTextReader } from '../bytes.js';
import type { ItemSink } from '../decoder.js';
import { isDeeperThan } from './json-depth.js';

/** `items`: how many items the body held, good and bad; `unreadable`: nothing was, and the sink was not called. */
export type JsonOutcome = { readonly items: number } | { readonly unreadable: RejectionReason; readonly detail: string };

export interface JsonOptions {
  /** One JSON text a line (NDJSON) instead of one text in all (false). */
  readonly lines?: boolean;
  /** Index of the first item: for bodies that come in pieces (0). */
  readonly firstIndex?: number;
}

/** Datapoints are flat; a body deeper than this is not parsed. */
const maxDepth = 32;
const newline = 0x0a;

/** True for the content types of JSON lines. */
export function isJsonLines(contentType: string): boolean {
  return /^\s*application\/(x-)?(ndjson|jsonl|jsonlines|json-lines)\s*(;|$)/i.test(contentType);
}

/**
 * Datapoints as JSON: `{metric, timestamp, value}`, or `{metric, timestamps, values}` with columns of the same length, or an array of either;
 * with `lines` one such text on each line. Numbers are JSON numbers: text, null and booleans are no values. Other members are ignored.
 *
 * The sink's `offset` is the item's index in the flattened body (a point of a column counts as one, an element that cannot be read as one),
 * `bytes` is 0. A line that is no JSON is one item rejected as `syntax`; it makes the body unreadable only when no line is JSON.
 *
 * Rejects with: syntax, bad-name, bad-value, bad-timestamp; and single lines with not-utf8, hostile.
 *
 * @example decodeJsonDatapoints(Buffer.from('[{"metric":"a","timestamp":1,"value":2}]'), sink) // { items: 1 }
 */
export function decodeJsonDatapoints(body: Uint8Array, sink: ItemSink, { lines = false, firstIndex = 0 }: JsonOptions = {}): JsonOutcome {
  const parse = createParser();
  if (lines) return decodeLines(asBuffer(body), sink, firstIndex, parse);
  const parsed = parse(body);
  return 'unreadable' in parsed ? parsed : { items: readText(parsed.json, sink, firstIndex) };
}

type Parsed = { readonly json: object } | Extract<JsonOutcome, { unreadable: unknown }>;

function createParser(): (bytes: Uint8Array) => Parsed {
  const readBytes = createTextReader();
  return (bytes) => {
    if (isDeeperThan(bytes, maxDepth)) return { unreadable: 'hostile', detail: `nested more than ${maxDepth} deep` };
    const text = readBytes(asBuffer(bytes), 0, bytes.length);
    if (text === null) return { unreadable: 'not-utf8', detail: 'the text is not UTF-8' };
    const json = parseOrUndefined(text);
    return typeof json === 'object' && json !== null ? { json } : { unreadable: 'syntax', detail: 'the text is no JSON array or object' };
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function decodeLines(body: Buffer, sink: ItemSink, firstIndex: number, parse: (bytes: Uint8Array) => Parsed): JsonOutcome {
  let index = firstIndex;
  const failed: { index: number; reason: RejectionReason; detail: string }[] = [];
  let readable = false;
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(newline, start);
    const end = found < 0 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    const parsed = parse(line);
    if ('json' in parsed) {
      if (!readable) for (const failure of failed) sink.reject(failure.reason, failure.index, 0, failure.detail);
      readable = true;
      index += readText(parsed.json, sink, index);
    } else {
      if (readable) sink.reject(parsed.unreadable, index, 0, parsed.detail);
      else failed.push({ index, reason: parsed.unreadable, detail: parsed.detail });
      index++;
    }
  }
  const [first] = failed;
  return readable || first === undefined ? { items: index - firstIndex } : { unreadable: first.reason, detail: first.detail };
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** Answers how many items there were. */
function readText(json: object, sink: ItemSink, firstIndex: number): number {
  if (!Array.isArray(json)) return readElement(json, sink, firstIndex);
  let index = firstIndex;
  for (const element of json as readonly unknown[]) index += readElement(element, sink, index);
  return index - firstIndex;
}

interface Element {
  readonly metric?: unknown;
  readonly timestamp?: unknown;
  readonly value?: unknown;
  readonly timestamps?: unknown;
  readonly values?: unknown;
}

function readElement(element: unknown, sink: ItemSink, index: number): number {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return refuse(sink, index, 'no object');
  const { metric, timestamp, value, timestamps, values } = element as Element;
  if (metric === undefined) return refuse(sink, index, 'no metric');
  const name = typeof metric === 'string' ? normaliseTags(metric) : null;
  if (Array.isArray(timestamps) && Array.isArray(values)) return readColumns({ name, timestamps, values }, sink, index);
  if (timestamp === undefined || value === undefined) return refuse(sink, index, 'no timestamp or no value');
  readPoint({ name, timestamp, value }, sink, index);
  return 1;
}

function readColumns({ name, timestamps, values }: { name: string | null; timestamps: readonly unknown[]; values: readonly unknown[] }, sink: ItemSink, index: number): number {
  if (timestamps.length !== values.length) return refuse(sink, index, 'columns of different lengths');
  for (let i = 0; i < timestamps.length; i++) readPoint({ name, timestamp: timestamps[i], value: values[i] }, sink, index + i);
  return timestamps.length;
}

function readPoint({ name, timestamp, value }: { name: string | null; timestamp: unknown; value: unknown }, sink: ItemSink, index: number): void {
  if (name === null) sink.reject('bad-name', index, 0);
  else if (typeof value !== 'number' || !Number.isFinite(value)) sink.reject('bad-value', index, 0);
  else if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) sink.reject('bad-timestamp', index, 0);
  else sink.datapoint(name, timestamp, value);
}

function refuse(sink: ItemSink, index: number, detail: string): number {
  sink.reject('syntax', index, 0, detail);
  return 1;
}
