import { isUtf8 } from 'node:buffer';
import type { RejectionReason } from '@skylark/core';
import { hasNormalTags, normaliseTags } from '../../names/tags.js';
import { asBuffer } from '../bytes.js';
import type { ItemSink } from '../decoder.js';
import { measureMsgpack, type MsgpackBounds } from './measure-msgpack.js';
import { readHead, readNumber, typeOf } from './msgpack-layout.js';

export const skylineBounds: MsgpackBounds = { maxDepth: 8, maxItems: 10_000 };
const semicolon = 0x3b;

/** A metric's name within the datagram; `text` where it had to be spelt anew. */
interface Name {
  readonly start: number;
  readonly end: number;
  readonly text: string | null;
}

/** Where a value lies, for what is rejected. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Skyline's UDP protocol: msgpack of `[name, [timestamp, value]]`, or `[name, [[timestamp, value], ...]]`; one such value a datagram, several
 * one after the other are taken too. Sizes and depth are looked at before anything is read, and only what a datapoint needs is read at all.
 * Integers beyond 2^53 become the nearest double. What follows a value that cannot be measured is lost with it: one rejected item.
 *
 * Rejects with: syntax, hostile, incomplete, not-utf8, bad-name, bad-value, nan, bad-timestamp. Source: wire-rules.md; Skyline's horizon/listen.py.
 */
export function decodeSkylineDatagram(datagram: Uint8Array, sink: ItemSink): void {
  for (let at = 0; at < datagram.length; ) at = decodeSkylineValue(datagram, at, sink);
}

/** The one value at `at`; answers where the next one starts. */
export function decodeSkylineValue(datagram: Uint8Array, at: number, sink: ItemSink): number {
  const bytes = asBuffer(datagram);
  const measured = measureMsgpack(bytes, at, skylineBounds);
  if ('reason' in measured) {
    sink.reject(measured.reason, at, bytes.length - at, measured.detail);
    return bytes.length;
  }
  readMetric(bytes, at, { offset: at, bytes: measured.end - at }, sink);
  return measured.end;
}

function readMetric(bytes: Buffer, at: number, place: Place, sink: ItemSink): void {
  const [nameAt, pointsAt] = elementsOf(bytes, at, 2) ?? [];
  const points = pointsAt === undefined ? null : elementsOf(bytes, pointsAt);
  if (nameAt === undefined || pointsAt === undefined || points === null) return sink.reject('syntax', place.offset, place.bytes, 'not [name, [timestamp, value]]');
  const isList = points.length > 0 && points.every((point) => typeOf(bytes[point]!) === 'array');
  const name = readName(bytes, nameAt);
  for (const pointAt of isList ? points : [pointsAt]) {
    const refusal = typeof name === 'string' ? name : readPoint(bytes, pointAt, name, sink);
    if (refusal !== null) sink.reject(refusal, place.offset, place.bytes);
  }
}

/** Where the elements of the array at `at` start; null when it is no array, or not of that length. The array has been measured. */
function elementsOf(bytes: Buffer, at: number, length?: number): number[] | null {
  const head = readHead(bytes, at);
  if (head === null || typeOf(bytes[at]!) !== 'array' || (length ?? head.children) !== head.children) return null;
  const elements: number[] = [];
  let next = head.start;
  for (let i = 0; i < head.children; i++) {
    elements.push(next);
    const measured = measureMsgpack(bytes, next, skylineBounds);
    if ('reason' in measured) return null;
    next = measured.end;
  }
  return elements;
}

function readName(bytes: Buffer, at: number): Name | RejectionReason {
  const head = readHead(bytes, at);
  if (head === null || typeOf(bytes[at]!) !== 'text') return 'bad-name';
  const { start, end } = head;
  if (!isUtf8(bytes.subarray(start, end))) return 'not-utf8';
  const tag = bytes.subarray(start, end).indexOf(semicolon);
  if (tag < 0 || hasNormalTags(bytes, start, end, start + tag)) return { start, end, text: null };
  const text = normaliseTags(bytes.toString('utf8', start, end));
  return text === null ? 'bad-name' : { start, end, text };
}

function readPoint(bytes: Buffer, at: number, name: Name, sink: ItemSink): RejectionReason | null {
  const [timeAt, valueAt] = elementsOf(bytes, at, 2) ?? [];
  if (timeAt === undefined || valueAt === undefined) return 'syntax';
  const value = readNumber(bytes, valueAt);
  if (!Number.isFinite(value)) return Number.isNaN(value) && typeOf(bytes[valueAt]!) === 'float' ? 'nan' : 'bad-value';
  const timestamp = readNumber(bytes, timeAt);
  if (!Number.isFinite(timestamp)) return 'bad-timestamp';
  if (name.text === null) sink.datapointBytes(bytes, name.start, name.end, timestamp, value);
  else sink.datapoint(name.text, timestamp, value);
  return null;
}
