import type { ByteSink, ByteSource } from './bytes.js';
import { badBlock } from './bytes.js';

/** Where the sign and exponent word of a double lies in a pair of 32-bit words on this machine. */
const highWord = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const longestXor = 2 + 5 + 6 + 64;
/** Bits that fit a 32-bit word wherever in a byte they begin. */
const longestTurn = 24;

/** Bytes `writeXor` takes at most. */
export function xorBound(count: number): number {
  return 12 + Math.ceil((count * longestXor) / 8);
}

/**
 * Writes doubles bit for bit as differences by XOR (Pelkonen et al., Gorilla, VLDB 2015, 4.1.2): `0` for the same again;
 * `10` and the bits that changed, where they fit in the window used before; `11`, 5 bits of leading zeros, 6 bits of length less one, and those bits.
 * Any bit pattern is kept. Repeated values cost a bit, numbers with a full random mantissa about 7 bytes.
 */
export function writeXor(sink: ByteSink, column: Float64Array): void {
  const words = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  const bits: BitSink = { bytes: sink.bytes, bit: sink.at * 8 };
  let beforeHigh = 0;
  let beforeLow = 0;
  let leading = 0;
  let length = 64;
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + highWord]!;
    const low = words[i + 1 - highWord]!;
    const xorHigh = (high ^ beforeHigh) >>> 0;
    const xorLow = (low ^ beforeLow) >>> 0;
    beforeHigh = high;
    beforeLow = low;
    if (xorHigh === 0 && xorLow === 0) {
      writeBits(bits, 0, 1);
      continue;
    }
    const zeros = Math.min(31, xorHigh === 0 ? 32 : Math.clz32(xorHigh));
    const trailing = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
    const fits = zeros >= leading && trailing >= 64 - leading - length;
    // A new window costs 11 bits: taken only where the old one does not fit or wastes more than that.
    if (fits && length - (64 - zeros - trailing) <= 11) writeBits(bits, 2, 2);
    else {
      leading = zeros;
      length = 64 - zeros - trailing;
      writeBits(bits, 3, 2);
      writeBits(bits, leading, 5);
      writeBits(bits, length - 1, 6);
    }
    writeWindow(bits, { high: xorHigh, low: xorLow }, 64 - leading - length, length);
  }
  sink.at = Math.ceil(bits.bit / 8);
}

/** The inverse of `writeXor`; fills the whole column. */
export function readXor(source: ByteSource, column: Float64Array): void {
  const words = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  const bits: BitSource = { bytes: source.bytes, bit: source.at * 8, end: source.end * 8 };
  let high = 0;
  let low = 0;
  let leading = 0;
  let length = 64;
  for (let i = 0; i < words.length; i += 2) {
    if (readBits(bits, 1) === 1) {
      if (readBits(bits, 1) === 1) {
        leading = readBits(bits, 5);
        length = readBits(bits, 6) + 1;
        if (leading + length > 64) throw badBlock('a window is wider than a double');
      }
      const trailing = 64 - leading - length;
      const top = length > 32 ? readBits(bits, length - 32) : 0;
      const bottom = readBits(bits, Math.min(32, length));
      high ^= shiftedHigh(top, bottom, trailing);
      low ^= trailing < 32 ? bottom << trailing : 0;
    }
    words[i + highWord] = high;
    words[i + 1 - highWord] = low;
  }
  source.at = Math.ceil(bits.bit / 8);
}

function shiftedHigh(top: number, bottom: number, by: number): number {
  if (by >= 32) return bottom << (by - 32);
  return by === 0 ? top : (top << by) | (bottom >>> (32 - by));
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

interface BitSink {
  readonly bytes: Uint8Array;
  bit: number;
}

interface BitSource {
  readonly bytes: Uint8Array;
  readonly end: number;
  bit: number;
}

/** Writes the `length` bits of a 64-bit word that lie above its lowest `trailing`. */
function writeWindow(bits: BitSink, word: { high: number; low: number }, trailing: number, length: number): void {
  const low = trailing === 0 ? word.low : trailing < 32 ? (word.low >>> trailing) | (word.high << (32 - trailing)) : word.high >>> (trailing - 32);
  if (length > 32) writeBits(bits, trailing < 32 ? word.high >>> trailing : 0, length - 32);
  writeBits(bits, low, Math.min(32, length));
}

/** Appends the lowest `width` bits (1 to 32) of a number, most significant first, into bytes that are still zero. */
function writeBits(bits: BitSink, value: number, width: number): void {
  if (width > longestTurn) {
    writeBits(bits, value >>> longestTurn, width - longestTurn);
    return writeBits(bits, value & (2 ** longestTurn - 1), longestTurn);
  }
  const { bytes, bit } = bits;
  const at = bit >>> 3;
  const word = value << (32 - width - (bit & 7));
  bytes[at]! |= word >>> 24;
  bytes[at + 1]! |= (word >>> 16) & 255;
  bytes[at + 2]! |= (word >>> 8) & 255;
  bytes[at + 3]! |= word & 255;
  bits.bit = bit + width;
}

function readBits(bits: BitSource, width: number): number {
  if (width > longestTurn) {
    const top = readBits(bits, width - longestTurn);
    return ((top << longestTurn) | readBits(bits, longestTurn)) >>> 0;
  }
  const { bytes, bit } = bits;
  if (bit + width > bits.end) throw badBlock('it ends too early');
  const at = bit >>> 3;
  const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  bits.bit = bit + width;
  return (word << (bit & 7)) >>> (32 - width);
}
