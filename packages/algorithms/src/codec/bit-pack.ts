import type { ByteSink, ByteSource } from './bytes.js';
import { badBlock } from './bytes.js';

/** Wider numbers are packed as planes of 24 bits, lowest first, so that every step stays within 32-bit integers. */
const planeBits = 24;
const planeSize = 2 ** planeBits;

/** Bits needed for an integer from 0 to 2^53. */
export function bitWidth(largest: number): number {
  return largest < 2 ** 32 ? 32 - Math.clz32(largest) : 64 - Math.clz32(Math.floor(largest / 2 ** 32));
}

/** Bytes that `count` numbers of `width` bits take. */
export function packedLength(count: number, width: number): number {
  let bytes = 0;
  for (let rest = width; rest > 0; rest -= planeBits) bytes += Math.ceil((count * Math.min(rest, planeBits)) / 8);
  return bytes;
}

/** Packs `numbers[0..count)`, integers from 0 to 2^width - 1, least significant bit first. */
export function packBits(sink: ByteSink, numbers: Float64Array, count: number, width: number): void {
  let divisor = 1;
  for (let rest = width; rest > 0; rest -= planeBits) {
    packPlane(sink, numbers, count, { divisor, bits: Math.min(rest, planeBits) });
    divisor *= planeSize;
  }
}

function packPlane(sink: ByteSink, numbers: Float64Array, count: number, plane: { divisor: number; bits: number }): void {
  const { bytes } = sink;
  const { divisor, bits } = plane;
  const mask = 2 ** bits - 1;
  let at = sink.at;
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < count; i += 1) {
    const number = divisor === 1 ? numbers[i]! % planeSize : Math.floor(numbers[i]! / divisor) % planeSize;
    held |= (number & mask) << heldBits;
    for (heldBits += bits; heldBits >= 8; heldBits -= 8) {
      bytes[at++] = held;
      held >>>= 8;
    }
  }
  if (heldBits > 0) bytes[at++] = held;
  sink.at = at;
}

/** Where numbers go: `column[from..until)`. */
export interface Stretch {
  readonly column: Float64Array;
  readonly from: number;
  readonly until: number;
}

/** The inverse of `packBits`. */
export function unpackBits(source: ByteSource, stretch: Stretch, width: number): void {
  const { column, from, until } = stretch;
  const count = until - from;
  if (source.at + packedLength(count, width) > source.end) throw badBlock('it ends too early');
  if (width <= planeBits) unpackNarrow(source, stretch, width);
  else {
    column.fill(0, from, until);
    for (let rest = width, factor = 1; rest > 0; rest -= planeBits, factor *= planeSize) unpackPlane(source, stretch, { factor, bits: Math.min(rest, planeBits) });
  }
}

/** Both read up to three bytes past the last number: within the block, where the checksum follows. */
function unpackNarrow(source: ByteSource, { column, from, until }: Stretch, width: number): void {
  const { bytes, at } = source;
  const mask = 2 ** width - 1;
  let bit = 0;
  for (let i = from; i < until; i += 1, bit += width) {
    const byte = at + (bit >>> 3);
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
    column[i] = (word >>> (bit & 7)) & mask;
  }
  source.at = at + ((bit + 7) >>> 3);
}

function unpackPlane(source: ByteSource, { column, from, until }: Stretch, plane: { factor: number; bits: number }): void {
  const { bytes, at } = source;
  const { factor, bits } = plane;
  const mask = 2 ** bits - 1;
  let bit = 0;
  for (let i = from; i < until; i += 1, bit += bits) {
    const byte = at + (bit >>> 3);
    const word = bytes[byte]! | (bytes[byte + 1]! << 8) | (bytes[byte + 2]! << 16) | (bytes[byte + 3]! << 24);
    column[i] = column[i]! + ((word >>> (bit & 7)) & mask) * factor;
  }
  source.at = at + ((bit + 7) >>> 3);
}
