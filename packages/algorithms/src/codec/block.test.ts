import { isSkylarkError } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockSpan, decodeBlock, decodeBlockInto, encodeBlock } from './block.js';
import { crc32c } from './crc32c.js';

const evenly = (count: number, step = 10, first = 1_700_000_000): Float64Array => Float64Array.from({ length: count }, (_, i) => first + i * step);

/** Equality of bits: -0 is not 0. */
function bitsOf(column: Float64Array): bigint[] {
  return [...new BigUint64Array(column.buffer, column.byteOffset, column.length)];
}

function expectSurvives(timestamps: Float64Array, values: Float64Array): Uint8Array {
  const block = encodeBlock(timestamps, values);
  const decoded = decodeBlock(block);
  expect(bitsOf(decoded.timestamps)).toEqual(bitsOf(timestamps));
  expect(bitsOf(decoded.values)).toEqual(bitsOf(values));
  // Columns that were used before must not shine through.
  const used = { timestamps: new Float64Array(timestamps.length).fill(12_345.5), values: new Float64Array(values.length).fill(-6.25) };
  decodeBlockInto(block, used.timestamps, used.values, 0);
  expect(bitsOf(used.timestamps)).toEqual(bitsOf(timestamps));
  expect(bitsOf(used.values)).toEqual(bitsOf(values));
  const last = timestamps.length - 1;
  expect(blockSpan(block)).toEqual({ first: timestamps[0] ?? NaN, last: timestamps[last] ?? NaN, count: timestamps.length });
  return block;
}

const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Every finite bit pattern alike, not only the usual numbers. */
const anyBits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!).filter(Number.isFinite);
const decimal = fc.tuple(fc.integer({ min: -10_000_000, max: 10_000_000 }), fc.integer({ min: 0, max: 6 })).map(([m, e]) => Number(`${m}e-${e}`));
const ascending = fc.oneof(
  fc.uniqueArray(anyFinite, { maxLength: 80, comparator: (a, b) => a === b }),
  fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 80 }),
  fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 42 }).map((ms) => ms / 1000), { maxLength: 80 }),
  fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 }).map((steps) => { let at = 1.7e9; return steps.map((step) => (at += step)); }),
).map((instants) => Float64Array.from(instants).sort());

describe('a block', () => {
  it('keeps any instants and any finite values bit for bit', () => {
    fc.assert(fc.property(ascending, fc.infiniteStream(fc.oneof(anyFinite, anyBits, decimal)), (timestamps, stream) => {
      expectSurvives(timestamps, Float64Array.from(timestamps, () => stream.next().value as number));
    }), { numRuns: 400 });
  });

  it('keeps columns of decimals bit for bit, spikes and steps included', () => {
    fc.assert(fc.property(fc.array(decimal, { maxLength: 300 }), (values) => {
      expectSurvives(evenly(values.length), Float64Array.from(values));
    }), { numRuns: 200 });
  });

  it('keeps columns of multiples bit for bit', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 4 }), fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 100 }), (step, e, list) => {
      expectSurvives(evenly(list.length), Float64Array.from(list, (m) => Number(`${m * step}e-${e}`)));
    }), { numRuns: 200 });
  });

  it('keeps columns of nothing but odd bit patterns', () => {
    fc.assert(fc.property(fc.array(anyBits, { maxLength: 100 }), (values) => {
      expectSurvives(evenly(values.length, 0.1), Float64Array.from(values));
    }), { numRuns: 200 });
  });

  it.each([
    ['nothing', [], []],
    ['one datapoint', [1.7e9], [42.5]],
    ['two datapoints', [1.7e9, 1.7e9 + 1], [0.1, 0.2]],
    ['a negative zero among decimals', [1, 2, 3], [1.5, -0, 0]],
    ['nothing but zeros', [1, 2, 3], [0, 0, 0]],
    ['the extremes', [5e-324, 1, Number.MAX_VALUE], [Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324]],
    ['integers at the edge of exactness', [1, 2, 3, 4], [2 ** 50, -(2 ** 50), 2 ** 53 - 1, 2 ** 53]],
    ['the widest span of whole numbers', [1, 2, 3, 4], [2 ** 50, -(2 ** 50), 2 ** 50, -(2 ** 50)]],
    ['instants before the epoch', [-20, -10, 0, 10], [1, 2, 3, 4]],
    ['microseconds', [1_700_000_000.000001, 1_700_000_000.000002, 1_700_003_599.999999], [1, 2, 3]],
    ['multiples of a page', [1, 2, 3, 4], [4096 * 7, 4096 * 9, 4096 * 9, -4096]],
    ['halves', [1, 2, 3, 4], [0.5, 7, -1.5, 0.5]],
    ['the widest step', [1, 2, 3], [-(2 ** 50), 2 ** 50, -(2 ** 50)]],
    ['eighteen places', [1, 2], [1e-18, 3e-18]],
  ])('keeps %s', (_, timestamps, values) => {
    expectSurvives(Float64Array.from(timestamps), Float64Array.from(values));
  });

  it('keeps a day at five a second', () => {
    const timestamps = evenly(432_000, 0.2);
    expectSurvives(timestamps, timestamps.map((t) => Math.round(Math.sin(t / 500) * 1000) / 100));
  });

  it('spends next to nothing on even spacing, and little on a gap', () => {
    const constant = new Float64Array(360).fill(3.25);
    expect(encodeBlock(evenly(360), constant).length).toBeLessThan(60);
    const gapped = evenly(360).map((t, i) => (i < 200 ? t : t + 600));
    expect(encodeBlock(gapped, constant).length).toBeLessThan(70);
  });

  it('reads a column that starts anywhere in a larger buffer, and bytes likewise', () => {
    const wide = Float64Array.of(9, 1, 2, 3, 9);
    const block = encodeBlock(wide.subarray(1, 4), wide.subarray(1, 4));
    const shifted = new Uint8Array(block.length + 3);
    shifted.set(block, 3);
    expect([...decodeBlock(shifted.subarray(3)).values]).toEqual([1, 2, 3]);
  });

  it('is decoded into columns from an index on, and not past their end', () => {
    const first = encodeBlock(Float64Array.of(1, 2, 3), Float64Array.of(0.1, 0.2, 0.3));
    const second = encodeBlock(Float64Array.of(4.5, 5.25), Float64Array.of(Math.PI, Math.E));
    const [timestamps, values] = [new Float64Array(6), new Float64Array(6)];
    expect(decodeBlockInto(first, timestamps, values, 0)).toBe(3);
    expect(decodeBlockInto(second, timestamps, values, 3)).toBe(2);
    expect([...timestamps]).toEqual([1, 2, 3, 4.5, 5.25, 0]);
    expect([...values]).toEqual([0.1, 0.2, 0.3, Math.PI, Math.E, 0]);
    expect(() => decodeBlockInto(second, timestamps, values, 5)).toThrow(RangeError);
  });

  it.each([
    ['columns of unequal length', [1, 2], [1], '2 timestamps for 1 values'],
    ['a duplicate instant', [1, 1], [1, 2], 'timestamp 1 at 1'],
    ['a falling instant', [2, 1], [1, 2], 'timestamp 1 at 1'],
    ['an instant that is no number', [NaN], [1], 'timestamp NaN at 0'],
    ['an infinite instant', [1, Infinity], [1, 2], 'timestamp Infinity at 1'],
    ['an infinite value', [1], [-Infinity], 'value -Infinity at 0'],
    ['a value that is no number', [1, 2], [1, NaN], 'value NaN at 1'],
  ])('refuses %s, saying where', (_, timestamps, values, what) => {
    expect(() => encodeBlock(Float64Array.from(timestamps), Float64Array.from(values))).toThrow(what);
  });
});

describe('damage', () => {
  const samples: [string, Uint8Array][] = [
    ['decimals', encodeBlock(evenly(40), evenly(40).map((_, i) => i / 4))],
    ['doubles at uneven instants', encodeBlock(evenly(40, Math.PI), evenly(40).map((_, i) => Math.sin(i)))],
    ['nothing', encodeBlock(new Float64Array(0), new Float64Array(0))],
  ];
  const refused = (block: Uint8Array): boolean => {
    for (const read of [decodeBlock, blockSpan]) {
      try {
        read(block);
        return false;
      } catch (error) {
        if (!isSkylarkError(error, 'bad-block')) throw error;
      }
    }
    return true;
  };

  it.each(samples)('of any one byte is found (%s)', (_, block) => {
    for (let at = 0; at < block.length; at += 1) {
      for (let change = 1; change < 256; change += 1) {
        const damaged = block.slice();
        damaged[at]! ^= change;
        if (!refused(damaged)) expect.fail(`byte ${at} xor ${change} went unnoticed`);
      }
    }
  });

  it.each(samples)('by cutting, padding or zeroing is found (%s)', (_, block) => {
    for (let length = 0; length < block.length; length += 1) expect(refused(block.slice(0, length))).toBe(true);
    expect(refused(Uint8Array.of(...block, 0))).toBe(true);
    expect(refused(new Uint8Array(block.length))).toBe(true);
    expect(refused(new Uint8Array(4096))).toBe(true);
  });

  /** A block whose checksum fits though its content is impossible: what a bug would write, not what a disk does. */
  const forged = (...content: number[]): Uint8Array => {
    const block = Uint8Array.of(...content, 0, 0, 0, 0);
    new DataView(block.buffer).setUint32(content.length, crc32c(block, 0, content.length), true);
    return block;
  };

  it('under a checksum that fits still does no harm', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (content) => {
      try {
        decodeBlock(forged(1, ...content));
      } catch (error) {
        if (!isSkylarkError(error, 'bad-block')) throw error;
      }
    }), { numRuns: 3000 });
    expect(() => decodeBlock(forged(1, 0, 255, 255, 255, 255, 15))).toThrow('datapoints are more than');
  });

  it('is not what a newer format is called', () => {
    expect(() => decodeBlock(forged(2, 0, 0))).toThrow(expect.objectContaining({ code: 'store-newer' }) as Error);
    expect(() => blockSpan(forged(2, 0, 0))).toThrow('block format 2, this version reads up to 1');
  });
});

describe('crc32c', () => {
  it('gives the check value of the standard, on any split', () => {
    const check = new TextEncoder().encode('123456789');
    expect(crc32c(check)).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.of(7, ...check, 7), 1, 10)).toBe(0xe3069283);
  });
});
