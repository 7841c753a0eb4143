import type { RejectionReason } from '@skylark/core';
import { headOfTwo, itemLength, noItem, numberAt } from './msgpack-items.js';

/** What a stretch of bytes held: columns in the order they stood there, and how many items were not usable, by reason. */
export interface DecodedPairs {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly rejected: ReadonlyMap<RejectionReason, number>;
}

export interface PairDecoder {
  /** The pairs of the next bytes; one that goes on beyond them comes with the next call. */
  push(bytes: Uint8Array): DecodedPairs;
  /** What is left when no more bytes come: half a pair, if anything. */
  end(): DecodedPairs;
}

const noBytes = new Uint8Array(0);
const latest = 2 ** 32;
/** A head of five bytes and two doubles: half of a pair of numbers is shorter. */
const longestPair = 23;

/**
 * Decodes what Skyline keeps of a metric: msgpack pairs `[timestamp, value]`, one after another without an outer header, as horizon appends and roomba trims them.
 *
 * Where no pair begins, bytes are skipped up to the next pair of numbers with a possible time: one `syntax` a stretch, and nothing behind it is lost, not even of
 * pairs that were packed into a list. Half a last pair is `incomplete`. Times are seconds above 0 and below 2^32 (`bad-timestamp`), values finite (`nan`, `bad-value`)
 * and numbers (`not-numeric`: raw bytes, nil, truth values). Memory is that of the bytes pushed.
 *
 * @example createPairDecoder().push(Uint8Array.of(0x92, 60, 7)) // timestamps [60], values [7]
 */
export function createPairDecoder(): PairDecoder {
  let carried: Uint8Array = noBytes;
  let lost = false;
  return {
    push(bytes) {
      const all = carried.length === 0 ? bytes : joined(carried, bytes);
      const decoded = decodeFrom(all, 0, lost);
      carried = all.slice(decoded.at);
      lost = decoded.lost;
      return decoded;
    },
    end() {
      const incomplete = carried.length > 0 && !lost ? 1 : 0;
      const parts: DecodedPairs[] = [{ ...noPairs, rejected: new Map(incomplete > 0 ? [['incomplete', incomplete]] : []) }];
      // What is longer was no half pair, but one that claimed too much: pairs may follow it.
      while (carried.length > longestPair) {
        const decoded = decodeFrom(carried, 1, true);
        parts.push(decoded);
        carried = carried.slice(decoded.at);
      }
      carried = noBytes;
      return together(parts);
    },
  };
}

const noPairs = { timestamps: new Float64Array(0), values: new Float64Array(0) };

/** `lost`: the bytes at hand belong to a stretch that is counted already, and only a pair ends it. */
function decodeFrom(bytes: Uint8Array, from: number, wasLost: boolean): DecodedPairs & { at: number; lost: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A pair takes three bytes at least.
  const timestamps = new Float64Array(Math.ceil(bytes.length / 3));
  const values = new Float64Array(timestamps.length);
  const rejected = new Map<RejectionReason, number>();
  const reject = (reason: RejectionReason): void => void rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  let [at, count, lost] = [from, 0, wasLost];
  while (at < bytes.length) {
    const pair = pairAt(view, bytes, at);
    if (pair === 'half') break;
    const refusal = pair && refusalOf(pair);
    if (pair === null || (lost && refusal !== null)) {
      if (!lost) reject('syntax');
      lost = true;
      at += 1;
      continue;
    }
    lost = false;
    at += pair.length;
    if (refusal !== null) {
      reject(refusal);
      continue;
    }
    timestamps[count] = pair.timestamp;
    values[count] = pair.value!;
    count += 1;
  }
  return { timestamps: timestamps.slice(0, count), values: values.slice(0, count), rejected, at, lost };
}

interface Pair {
  readonly length: number;
  readonly timestamp: number;
  /** null: no number. */
  readonly value: number | null;
}

/** The pair that begins there; null when none does, `half` when it goes on behind the bytes. */
function pairAt(view: DataView, bytes: Uint8Array, at: number): Pair | null | 'half' {
  const head = headOfTwo(bytes, at, bytes.length);
  const length = head > 0 ? itemLength(bytes, at, bytes.length) : head;
  if (length === 0) return 'half';
  if (length === noItem) return null;
  const first = at + head;
  const timestamp = numberAt(view, first);
  if (timestamp === null) return null;
  return { length, timestamp, value: numberAt(view, first + itemLength(bytes, first, bytes.length)) };
}

function refusalOf({ timestamp, value }: Pair): RejectionReason | null {
  if (value === null) return 'not-numeric';
  if (!(timestamp > 0 && timestamp < latest)) return 'bad-timestamp';
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? null : 'bad-value';
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function together(parts: readonly DecodedPairs[]): DecodedPairs {
  const rejected = new Map<RejectionReason, number>();
  for (const part of parts) for (const [reason, count] of part.rejected) rejected.set(reason, (rejected.get(reason) ?? 0) + count);
  const column = (of: (part: DecodedPairs) => Float64Array): Float64Array => Float64Array.from(parts.flatMap((part) => [...of(part)]));
  return { timestamps: column(({ timestamps }) => timestamps), values: column(({ values }) => values), rejected };
}
