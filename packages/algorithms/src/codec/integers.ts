import { bitWidth, packBits, packedLength, unpackBits } from './bit-pack.js';
import type { Stretch } from './bit-pack.js';
import type { ByteSink, ByteSource } from './bytes.js';
import { badBlock, readByte, readSigned, writeByte, writeSigned } from './bytes.js';

/** Numbers share one width a group, so that a spike makes only its own group wide. Of 16, 32, 64 the smallest blocks on the decimal mix of the benchmark. */
const groupSize = 64;
const deltaFlag = 64;

/** Magnitude up to which differences of differences stay exact in a double. */
export const largestInteger = 2 ** 50;

/**
 * Writes integers of magnitude up to 2^50 by frame of reference, in groups: whichever is narrower of the numbers less their least,
 * and their differences less the least difference. `column[0]` is written whole; constant and linear columns cost 2 or 3 bytes a group.
 */
export function writeIntegers(sink: ByteSink, column: Float64Array): void {
  if (column.length === 0) return;
  writeSigned(sink, column[0]!);
  const scratch = new Float64Array(groupSize);
  for (let from = 1; from < column.length; from += groupSize) {
    writeGroup(sink, column, { from, until: Math.min(from + groupSize, column.length), scratch });
  }
}

interface Group {
  readonly from: number;
  readonly until: number;
  readonly scratch: Float64Array;
}

function writeGroup(sink: ByteSink, column: Float64Array, { from, until, scratch }: Group): void {
  let low = Infinity;
  let high = -Infinity;
  let lowDelta = Infinity;
  let highDelta = -Infinity;
  for (let i = from, before = column[from - 1]!; i < until; i += 1) {
    const number = column[i]!;
    const delta = number - before;
    if (number < low) low = number;
    if (number > high) high = number;
    if (delta < lowDelta) lowDelta = delta;
    if (delta > highDelta) highDelta = delta;
    before = number;
  }
  const before = column[from - 1]!;
  const width = bitWidth(high - low);
  const deltaWidth = bitWidth(highDelta - lowDelta);
  const byDelta = deltaWidth < width;
  for (let i = from; i < until; i += 1) scratch[i - from] = byDelta ? column[i]! - column[i - 1]! - lowDelta : column[i]! - low;
  writeByte(sink, byDelta ? deltaWidth | deltaFlag : width);
  writeSigned(sink, byDelta ? lowDelta : low - before);
  packBits(sink, scratch, until - from, byDelta ? deltaWidth : width);
}

/** The inverse of `writeIntegers`; fills the whole column. */
export function readIntegers(source: ByteSource, column: Float64Array): void {
  if (column.length === 0) return;
  column[0] = readSigned(source);
  for (let from = 1; from < column.length; from += groupSize) readGroup(source, { column, from, until: Math.min(from + groupSize, column.length) });
}

function readGroup(source: ByteSource, stretch: Stretch): void {
  const { column, from, until } = stretch;
  const head = readByte(source);
  const width = head & (deltaFlag - 1);
  if (head >= 2 * deltaFlag || width > 53) throw badBlock('a group has an impossible width');
  const base = readSigned(source);
  let number = column[from - 1]!;
  const byDelta = (head & deltaFlag) !== 0;
  if (width === 0 && !byDelta) return void column.fill(number + base, from, until);
  unpackBits(source, stretch, width);
  if (byDelta) {
    for (let i = from; i < until; i += 1) {
      number += column[i]! + base;
      column[i] = number;
    }
  } else {
    const low = number + base;
    for (let i = from; i < until; i += 1) column[i] = column[i]! + low;
  }
}

/** Bytes `writeIntegers` takes at most: the whole first number, then each group at its widest. */
export function integersBound(count: number): number {
  return 8 + Math.ceil(count / groupSize) * (9 + packedLength(groupSize, 53));
}
