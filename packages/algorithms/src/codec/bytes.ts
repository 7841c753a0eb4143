import { SkylarkError } from '@skylark/core';

/** Bytes being written; the writer of a block sees to it that there is room. */
export interface ByteSink {
  readonly bytes: Uint8Array;
  at: number;
}

/** Bytes being read, up to `end`. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
}

export function badBlock(what: string): SkylarkError {
  return new SkylarkError('bad-block', what);
}

/** LEB128 of an integer from 0 to 2^53; 1 byte below 128, at most 8. */
export function writeVarint(sink: ByteSink, value: number): void {
  let rest = value;
  while (rest >= 128) {
    sink.bytes[sink.at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  sink.bytes[sink.at++] = rest;
}

export function readVarint(source: ByteSource): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
    const byte = readByte(source);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw badBlock('a number is too long');
}

export function writeByte(sink: ByteSink, value: number): void {
  sink.bytes[sink.at++] = value;
}

export function readByte(source: ByteSource): number {
  if (source.at >= source.end) throw badBlock('it ends too early');
  return source.bytes[source.at++]!;
}

/** Zigzag: 0, -1, 1, -2 ... as 0, 1, 2, 3 ...; by arithmetic, since 32 bits are not enough. Magnitudes up to 2^52. */
export function writeSigned(sink: ByteSink, value: number): void {
  writeVarint(sink, value >= 0 ? 2 * value : -2 * value - 1);
}

export function readSigned(source: ByteSource): number {
  const coded = readVarint(source);
  return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
}

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

export function writeFloat(sink: ByteSink, value: number): void {
  new DataView(sink.bytes.buffer, sink.bytes.byteOffset).setFloat64(sink.at, value, true);
  sink.at += 8;
}

export function readFloat(source: ByteSource): number {
  if (source.at + 8 > source.end) throw badBlock('it ends too early');
  const value = new DataView(source.bytes.buffer, source.bytes.byteOffset).getFloat64(source.at, true);
  source.at += 8;
  return value;
}
