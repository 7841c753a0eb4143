import fc from 'fast-check';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { createPairDecoder, type DecodedPairs } from './decode-pairs.js';
import { encodePairs } from './encode-pairs.js';

/** Everything of some bytes, handed over in slices of at most `slice`. */
function decode(bytes: Uint8Array, slice = Infinity): { pairs: [number, number][]; rejected: Record<string, number> } {
  const decoder = createPairDecoder();
  const parts: DecodedPairs[] = [];
  for (let at = 0; at < bytes.length; at += slice) parts.push(decoder.push(bytes.subarray(at, Math.min(bytes.length, at + slice))));
  parts.push(decoder.end());
  const rejected: Record<string, number> = {};
  for (const part of parts) for (const [reason, count] of part.rejected) rejected[reason] = (rejected[reason] ?? 0) + count;
  return { pairs: parts.flatMap((part) => Array.from(part.timestamps, (timestamp, i): [number, number] => [timestamp, part.values[i]!])), rejected };
}

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
/** What msgpack-python 1.2.4 makes of these, joined; `Packer(use_single_float=False)`, its default. */
const byPython = hex(`
  92 ce 53 1f 94 00 cb 40 45 40 00 00 00 00 00   92 cb 41 d4 c7 e5 00 00 00 05 05
  92 ce 53 1f 94 3c cd 01 2c                     92 ce 53 1f 94 78 d1 ff 38
  92 ce 53 1f 94 b4 cf 00 00 00 02 54 0b e4 00   92 cd 03 e8 d3 ff ff ff fd ab f4 1c 00`);
const inByPython: [number, number][] = [
  [1394578432, 42.5], [1394578432.0000012, 5], [1394578492, 300], [1394578552, -200], [1394578612, 10_000_000_000], [1000, -10_000_000_000],
];

describe('pairs as Skyline keeps them', () => {
  it('are read whatever number types msgpack-python chose', () => {
    expect(decode(byPython)).toEqual({ pairs: inByPython, rejected: {} });
  });

  it('are read as float32, as an array with a long head, and by slices of any size', () => {
    const bytes = hex('92 3c ca 3f 80 00 00  dc 00 02 3d 02  dd 00 00 00 02 3e cc 80');
    for (let slice = 1; slice <= bytes.length; slice += 1) expect(decode(bytes, slice)).toEqual({ pairs: [[60, 1], [61, 2], [62, 128]], rejected: {} });
  });

  it.each([
    ['half a last pair', '92 3c 01 92 3d', { incomplete: 1 }, [[60, 1]]],
    ['half a head', '92 3c 01 dc 00', { incomplete: 1 }, [[60, 1]]],
    ['a value of raw bytes, nil or true', '92 3c a2 31 32 92 3d c0 92 3e c3 92 3f 07', { 'not-numeric': 3 }, [[63, 7]]],
    ['NaN and the infinities', '92 3c cb 7f f8 00 00 00 00 00 00 92 3d cb 7f f0 00 00 00 00 00 00 92 3e ca ff 80 00 00 92 3f 07', { nan: 1, 'bad-value': 2 }, [[63, 7]]],
    ['a time of zero, below, or in milliseconds', '92 00 01 92 ff 01 92 cf 00 00 01 45 d9 64 c0 00 01 92 3f 07', { 'bad-timestamp': 3 }, [[63, 7]]],
    ['bytes that msgpack never uses', '92 3c 01 c1 c1 c1 92 3d 02', { syntax: 1 }, [[60, 1], [61, 2]]],
    ['single items between pairs', '07 92 3c 01 a3 61 62 63 92 3d 02', { syntax: 2 }, [[60, 1], [61, 2]]],
    ['three in an array', '93 01 02 03 92 3d 02', { syntax: 1 }, [[61, 2]]],
    ['a text that claims more than there is', 'da ff ff 92 3c 01 92 3d 02', { syntax: 1 }, [[60, 1], [61, 2]]],
    ['pairs packed into a list', '92 92 3c 01 92 3d 02', { syntax: 1 }, [[60, 1], [61, 2]]],
    ['pairs packed into a long list', 'dc 00 03 92 3c 01 92 3d 02 92 3e 03', { syntax: 1 }, [[60, 1], [61, 2], [62, 3]]],
    ['a pair within a pair', '92 3c 92 3d 02 92 3e 03', { 'not-numeric': 1 }, [[62, 3]]],
    ['an array of four billion', 'dd ff ff ff ff 92 3d 02', { syntax: 1 }, [[61, 2]]],
  ] as const)('go on after %s, which is counted', (_, bytes, rejected, pairs) => {
    for (const slice of [1, 2, 3, 5, 100]) expect(decode(hex(bytes), slice), `slices of ${slice}`).toEqual({ pairs, rejected });
  });

  it('behind a pair whose value claims fifty bytes are still found', () => {
    const bytes = Buffer.concat([hex('92 3c d9 32'), encodePairs(Float64Array.of(61, 62, 63, 64), Float64Array.of(1, 2, 3, 4))]);
    expect(decode(bytes)).toEqual({ pairs: [[61, 1], [62, 2], [63, 3], [64, 4]], rejected: { incomplete: 1 } });
  });

  it('cost neither depth nor memory when an item claims both', () => {
    expect(decode(new Uint8Array(1_000_000).fill(0x92)).rejected).toMatchObject({ syntax: 1 });
    expect(decode(new Uint8Array(1_000_000).fill(0xdd)).pairs).toEqual([]);
  });
});

const timestamp = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 2 ** 42 - 1 }).map((ms) => ms / 1024));
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const somePairs = fc.array(fc.tuple(timestamp, value), { maxLength: 60 });
const asColumns = (pairs: readonly (readonly [number, number])[]): [Float64Array, Float64Array] => [Float64Array.from(pairs, ([at]) => at), Float64Array.from(pairs, ([, of]) => of)];

describe('any pairs', () => {
  it('come back from what we write, bit for bit, by any slices', () => {
    fc.assert(fc.property(somePairs, fc.integer({ min: 1, max: 40 }), (pairs, slice) => {
      expect(decode(encodePairs(...asColumns(pairs)), slice)).toEqual({ pairs, rejected: {} });
    }));
  });

  it('come back from what another packer writes', () => {
    fc.assert(fc.property(somePairs, (pairs) => {
      // It writes -0 as 0.
      const unsigned = (all: readonly (readonly [number, number])[]): number[][] => all.map(([at, of]) => [at, of + 0]);
      const { pairs: decoded, rejected } = decode(Buffer.concat(pairs.map((pair) => pack(pair))));
      expect({ decoded: unsigned(decoded), rejected }).toEqual({ decoded: unsigned(pairs), rejected: {} });
    }), { numRuns: 1000 });
  });

  it('survive anything between them: no crash, the same by any slices, and those before it are all there', () => {
    fc.assert(fc.property(somePairs, fc.uint8Array({ maxLength: 50 }), somePairs, fc.integer({ min: 1, max: 40 }), (before, garbage, after, slice) => {
      const bytes = Buffer.concat([encodePairs(...asColumns(before)), garbage, encodePairs(...asColumns(after))]);
      const whole = decode(bytes);
      expect(decode(bytes, slice)).toEqual(whole);
      expect(whole.pairs.slice(0, before.length)).toEqual(before);
      // Garbage that looks like the beginning of a pair takes at most 64 bytes with it.
      expect(whole.pairs.length).toBeGreaterThanOrEqual(before.length + after.length - 12);
    }), { numRuns: 500 });
  });
});
