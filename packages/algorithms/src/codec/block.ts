import { SkylarkError } from '@skylark/core';
import type { ByteSink, ByteSource } from './bytes.js';
import { badBlock, readByte, readFloat, readSigned, readVarint, writeByte, writeFloat, writeSigned, writeVarint } from './bytes.js';
import { commonStep } from './common-step.js';
import { crc32c } from './crc32c.js';
import { fromDecimals, largestExponent, toDecimals } from './decimals.js';
import { integersBound, readIntegers, writeIntegers } from './integers.js';
import { readInstants, readTicks, tickRate, timeLayout, timestampsBound, toTicks, writeInstants, writeTicks } from './timestamps.js';
import type { TimeLayout } from './timestamps.js';
import { readXor, writeXor, xorBound } from './xor.js';

/** The newest format this code reads and the one it writes. For ever: byte 0 is the format, the last four bytes are CRC-32C of all before, little-endian. */
const format = 1;
const checksumBytes = 4;
/** Value layouts: an exponent of ten (0 to 18) for decimals as integers, with this flag where they are multiples of a step; or one of the two others. */
const stepped = 32;
const xorValues = 255;
const plainValues = 254;

/** More datapoints than this are refused: an hour at a thousand a second fits, a damaged count cannot ask for gigabytes. */
export const maxBlockDatapoints = 2 ** 22;

export interface BlockSpan {
  /** Seconds; NaN when the block is empty. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/**
 * One metric's datapoints as a compressed, checksummed block, bit for bit (-0 and every other finite pattern included).
 *
 * Layout: format, time layout (2 bits layout, 2 bits unit), count; first instant and span; the instants between; value layout; the values; CRC-32C.
 * Instants at even spacing cost nothing, decimals about as many bits as their spread has, others what Gorilla takes, at most 8 bytes.
 *
 * @param timestamps seconds, strictly ascending, finite
 * @param values as many, finite
 * @throws SkylarkError `bad-block` when the columns break these rules, naming the index
 * @example encodeBlock(Float64Array.of(0, 10, 20), Float64Array.of(1.5, 1.5, 1.6)).length // 14
 */
export function encodeBlock(timestamps: Float64Array, values: Float64Array): Uint8Array {
  checkColumns(timestamps, values);
  const count = timestamps.length;
  const room = 16 + timestampsBound(count) + Math.max(integersBound(count), xorBound(count));
  const sink: ByteSink = { bytes: new Uint8Array(room + checksumBytes), at: 0 };
  writeByte(sink, format);
  writeTimes(sink, timestamps);
  if (count > 0) writeValues(sink, values);
  const checksum = crc32c(sink.bytes, 0, sink.at);
  for (let shift = 0; shift < 32; shift += 8) writeByte(sink, (checksum >>> shift) & 255);
  return sink.bytes.slice(0, sink.at);
}

/**
 * The inverse of `encodeBlock`. The block's bytes are read, never kept.
 *
 * @throws SkylarkError `bad-block` on any damage; `store-newer` for a sound block of a newer format
 */
export function decodeBlock(block: Uint8Array): { timestamps: Float64Array; values: Float64Array } {
  const opened = open(block);
  const timestamps = new Float64Array(opened.head.count);
  const values = new Float64Array(opened.head.count);
  readColumns(opened, timestamps, values);
  return { timestamps, values };
}

/**
 * Decodes into columns from an index on and answers how many datapoints that were: for reading many blocks into one series, where making
 * columns for each would cost more than decoding. What it wrote before it threw is not to be used.
 *
 * @throws as `decodeBlock`; RangeError when there is no room
 */
export function decodeBlockInto(block: Uint8Array, timestamps: Float64Array, values: Float64Array, at: number): number {
  const opened = open(block);
  const until = at + opened.head.count;
  if (until > timestamps.length || until > values.length) throw new RangeError(`no room for ${opened.head.count} datapoints at ${at}`);
  readColumns(opened, timestamps.subarray(at, until), values.subarray(at, until));
  return opened.head.count;
}

/** First and last instant and count of a block, checked against its checksum, without decoding it. Throws as `decodeBlock`. */
export function blockSpan(block: Uint8Array): BlockSpan {
  const { first, last, count } = open(block).head;
  return { first, last, count };
}

interface Head extends BlockSpan {
  readonly layout: TimeLayout;
  /** Ticks a second, the first tick and the last one less the first; unused for `xor`. */
  readonly rate: number;
  readonly firstTick: number;
  readonly span: number;
}

function checkColumns(timestamps: Float64Array, values: Float64Array): void {
  if (timestamps.length !== values.length) throw badBlock(`${timestamps.length} timestamps for ${values.length} values`);
  if (timestamps.length > maxBlockDatapoints) throw badBlock(`${timestamps.length} datapoints are more than ${maxBlockDatapoints}`);
  let before = -Infinity;
  for (let i = 0; i < timestamps.length; i += 1) {
    const timestamp = timestamps[i]!;
    // Written so that NaN fails too; x - x is 0 for every finite x alone.
    if (!(timestamp > before) || timestamp === Infinity) throw badBlock(`timestamp ${timestamp} at ${i} does not ascend`);
    if (values[i]! - values[i]! !== 0) throw badBlock(`value ${values[i]} at ${i} is not finite`);
    before = timestamp;
  }
}

function writeTimes(sink: ByteSink, timestamps: Float64Array): void {
  const layoutAt = sink.at;
  writeByte(sink, 0);
  writeVarint(sink, timestamps.length);
  if (timestamps.length === 0) return;
  const whole = toTicks(timestamps);
  if (whole === null) {
    sink.bytes[layoutAt] = timeLayout.xor;
    writeFloat(sink, timestamps[0]!);
    writeFloat(sink, timestamps[timestamps.length - 1]!);
    return writeInstants(sink, timestamps);
  }
  writeVarint(sink, whole.first);
  writeVarint(sink, whole.ticks[whole.ticks.length - 1]!);
  sink.bytes[layoutAt] = writeTicks(sink, whole.ticks) | (whole.scale << 2);
}

function writeValues(sink: ByteSink, values: Float64Array): void {
  const layoutAt = sink.at;
  const decimals = toDecimals(values);
  if (decimals !== null) return writeDecimals(sink, decimals);
  writeByte(sink, xorValues);
  writeXor(sink, values);
  if (sink.at - layoutAt <= values.length * 8) return;
  sink.at = layoutAt;
  writeByte(sink, plainValues);
  for (let i = 0; i < values.length; i += 1) writeFloat(sink, values[i]!);
}

interface OpenBlock {
  readonly source: ByteSource;
  readonly head: Head;
}

function readColumns({ source, head }: OpenBlock, timestamps: Float64Array, values: Float64Array): void {
  if (head.count > 0) {
    readTimes(source, head, timestamps);
    readValues(source, values);
  }
  if (source.at !== source.end) throw badBlock(`${source.end - source.at} bytes too many`);
}

function writeDecimals(sink: ByteSink, { exponent, integers }: { exponent: number; integers: Float64Array }): void {
  const step = commonStep(integers);
  writeByte(sink, step > 1 ? exponent | stepped : exponent);
  if (step > 1) {
    const first = integers[0]!;
    writeSigned(sink, first);
    writeVarint(sink, step);
    for (let i = 0; i < integers.length; i += 1) integers[i] = (integers[i]! - first) / step;
  }
  writeIntegers(sink, integers);
}

/** Checks the whole block, then reads its head. */
function open(block: Uint8Array): OpenBlock {
  const end = block.length - checksumBytes;
  if (end < 3) throw badBlock(`${block.length} bytes are too few`);
  const stored = block[end]! | (block[end + 1]! << 8) | (block[end + 2]! << 16) | (block[end + 3]! << 24);
  if (crc32c(block, 0, end) !== stored >>> 0) throw badBlock('its checksum does not fit');
  if (block[0]! > format) throw new SkylarkError('store-newer', `block format ${block[0]}, this version reads up to ${format}`);
  if (block[0] !== format) throw badBlock(`format ${block[0]}`);
  const source: ByteSource = { bytes: block, end, at: 1 };
  return { source, head: readHead(source) };
}

function readHead(source: ByteSource): Head {
  const times = readByte(source);
  const layout = (times & 3) as TimeLayout;
  const count = readVarint(source);
  if (count > maxBlockDatapoints) throw badBlock(`${count} datapoints are more than ${maxBlockDatapoints}`);
  if (count === 0) return { first: NaN, last: NaN, count, layout, rate: 1, firstTick: 0, span: 0 };
  if (layout === timeLayout.xor) return { first: readFloat(source), last: readFloat(source), count, layout, rate: 1, firstTick: 0, span: 0 };
  const rate = tickRate(times >>> 2);
  const firstTick = readVarint(source);
  const span = readVarint(source);
  return { first: firstTick / rate, last: (firstTick + span) / rate, count, layout, rate, firstTick, span };
}

function readTimes(source: ByteSource, head: Head, timestamps: Float64Array): void {
  if (head.layout === timeLayout.xor) return readInstants(source, timestamps);
  readTicks(source, head.layout, head.span, timestamps);
  const { firstTick, rate } = head;
  if (rate === 1) for (let i = 0; i < timestamps.length; i += 1) timestamps[i] = timestamps[i]! + firstTick;
  else for (let i = 0; i < timestamps.length; i += 1) timestamps[i] = (timestamps[i]! + firstTick) / rate;
}

function readValues(source: ByteSource, values: Float64Array): void {
  const layout = readByte(source);
  if (layout === xorValues) return readXor(source, values);
  if (layout === plainValues) {
    for (let i = 0; i < values.length; i += 1) values[i] = readFloat(source);
    return;
  }
  const exponent = layout & (stepped - 1);
  if (layout >= 2 * stepped || exponent > largestExponent) throw badBlock('its value layout is unknown');
  const isStepped = (layout & stepped) !== 0;
  const first = isStepped ? readSigned(source) : 0;
  const step = isStepped ? readVarint(source) : 1;
  readIntegers(source, values);
  if (isStepped) for (let i = 0; i < values.length; i += 1) values[i] = first + values[i]! * step;
  fromDecimals(values, exponent);
}
