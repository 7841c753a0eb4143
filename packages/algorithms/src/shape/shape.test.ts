import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveFingerprint } from '../../oracle/naive-distances.js';
import { fingerprint } from './fingerprint.js';
import { shapeVector } from './shape-vector.js';

const evenly = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => 1000 + i);
const vectorOf = (values: number[]): Float32Array => shapeVector(evenly(values.length), Float64Array.from(values));

describe('fingerprint', () => {
  it('equals the table of intervals', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.double({ min: -10, max: 10, noNaN: true })), { minLength: 1, maxLength: 60 }), (values) => {
      expect(fingerprint(Float64Array.from(values))).toBe(naiveFingerprint(values));
    }), { numRuns: 500 });
  });

  it('is empty where nothing moves', () => {
    for (const values of [[], [5], [2, 2, 2], [-1e308, 1e308]]) expect(fingerprint(Float64Array.from(values))).toBe('');
  });
});

describe('shapeVector', () => {
  it('has unit length, whatever level, height and density', () => {
    const wave = (length: number, height: number, level: number): number[] => Array.from({ length }, (_, i) => level + height * Math.sin((6 * i) / (length - 1)));
    const [sparse, dense] = [vectorOf(wave(300, 1, 0)), vectorOf(wave(9000, 1000, 1e6))];
    expect(Math.hypot(...sparse)).toBeCloseTo(1, 5);
    sparse.forEach((value, i) => expect(dense[i]).toBeCloseTo(value, 2));
  });

  it('puts like shapes nearer than unlike ones', () => {
    const step = Array.from({ length: 100 }, (_, i) => (i < 50 ? 0 : 1));
    const noisyStep = step.map((value, i) => 5 * value + 0.2 * Math.sin(i * 7));
    const ramp = step.map((_, i) => -i);
    const away = (a: number[], b: number[]): number => Math.hypot(...vectorOf(a).map((value, i) => value - vectorOf(b)[i]!));
    expect(away(step, noisyStep)).toBeLessThan(0.2);
    expect(away(step, ramp)).toBeGreaterThan(1);
  });

  it('is all zero where there is no shape, and for the fewest datapoints no nonsense', () => {
    for (const values of [[], [5], [3, 3, 3]]) expect([...vectorOf(values)]).toEqual(Array(32).fill(0));
    expect(vectorOf([1, 2]).every(Number.isFinite)).toBe(true);
  });
});
