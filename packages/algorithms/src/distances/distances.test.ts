import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absolute, exhaustiveDtw, naiveDtw, squared } from '../../oracle/naive-distances.js';
import { dtw, dtwPath } from './dtw.js';
import type { DtwOptions } from './dtw.js';
import { euclidean, euclideanWithin } from './euclidean.js';
import { fastDtw } from './fast-dtw.js';
import { createDtwQuery, searchDtw, searchDtwPath } from './search-dtw.js';
import type { WarpPath } from './warp.js';
import { zNormalise } from './z-normalise.js';

const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
const curveOf = (minLength: number, maxLength: number) => fc.array(value, { minLength, maxLength }).map((list) => Float64Array.from(list));
const curve = curveOf(1, 40);
const pairOfEqualLength = fc.integer({ min: 2, max: 40 }).chain((length) => fc.tuple(curveOf(length, length), curveOf(length, length)));
const cost = fc.constantFrom<['absolute' | 'squared', typeof absolute]>(['absolute', absolute], ['squared', squared]);

function costOfPath(path: WarpPath, a: Float64Array, b: Float64Array, of: typeof absolute): number {
  return path.reduce((sum, [i, j]) => sum + of(a[i]!, b[j]!), 0);
}

function expectPath(path: WarpPath, a: Float64Array, b: Float64Array): void {
  expect(path[0]).toEqual([0, 0]);
  expect(path.at(-1)).toEqual([a.length - 1, b.length - 1]);
  path.slice(1).forEach(([i, j], k) => {
    const [di, dj] = [i - path[k]![0], j - path[k]![1]];
    expect([[0, 1], [1, 0], [1, 1]]).toContainEqual([di, dj]);
  });
}

describe('dtw', () => {
  it('is the least over every path there is', () => {
    fc.assert(fc.property(curveOf(1, 6), curveOf(1, 6), cost, (a, b, [name, of]) => {
      expect(dtw(a, b, { cost: name })).toBeCloseTo(exhaustiveDtw(a, b, of), 6);
    }), { numRuns: 200 });
  });

  it('equals the recurrence, whatever the lengths, the band and the cost', () => {
    fc.assert(fc.property(curve, curve, cost, fc.option(fc.integer({ min: 0, max: 45 })), (a, b, [name, of], radius) => {
      const reach = radius === null ? Infinity : Math.max(radius, Math.abs(a.length - b.length));
      const options: DtwOptions = { cost: name, ...(radius !== null && { band: radius }) };
      const expected = naiveDtw(a, b, of, reach);
      expect(dtw(a, b, options)).toBeCloseTo(expected, 6);
      const { distance, path } = dtwPath(a, b, options);
      expect(distance).toBeCloseTo(expected, 6);
      expectPath(path, a, b);
      expect(costOfPath(path, a, b, of)).toBeCloseTo(expected, 6);
      for (const [i, j] of path) expect(Math.abs(i - j)).toBeLessThanOrEqual(reach);
    }), { numRuns: 500 });
  });

  it('abandons above a limit and never below it', () => {
    fc.assert(fc.property(curve, curve, cost, fc.double({ min: 0, max: 2, noNaN: true }), (a, b, [name], part) => {
      const distance = dtw(a, b, { cost: name });
      const limit = distance * part;
      expect(dtw(a, b, { cost: name, abandonAbove: limit })).toBe(distance > limit ? Infinity : distance);
    }), { numRuns: 300 });
  });

  it('survives sums beyond the largest double', () => {
    const a = Float64Array.of(1e308, -1e308, 1e308);
    const b = Float64Array.of(-1e308, 1e308);
    expect(dtw(a, b)).toBe(Number.MAX_VALUE);
    expectPath(dtwPath(a, b, { cost: 'squared' }).path, a, b);
    expectPath(fastDtw(Float64Array.from({ length: 50 }, (_, i) => (i % 3 ? 1e308 : -1e308)), a, 0).path, new Float64Array(50), a);
  });

  it.each([
    ['an empty curve', () => dtw(new Float64Array(0), Float64Array.of(1)), 'an empty curve'],
    ['a band that is no whole number', () => dtw(Float64Array.of(1), Float64Array.of(1), { band: 0.1 }), '0.1 is no radius'],
    ['a negative radius', () => fastDtw(Float64Array.of(1), Float64Array.of(1), -1), '-1 is no radius'],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('fastDtw', () => {
  it('is a path of its own cost, never cheaper than dtw, and exact at a large radius', () => {
    fc.assert(fc.property(curveOf(1, 120), curveOf(1, 120), fc.integer({ min: 0, max: 5 }), (a, b, radius) => {
      const exact = dtw(a, b);
      const { distance, path } = fastDtw(a, b, radius);
      expectPath(path, a, b);
      expect(costOfPath(path, a, b, absolute)).toBeCloseTo(distance, 6);
      expect(distance).toBeGreaterThanOrEqual(exact - 1e-6);
      expect(fastDtw(a, b, 120).distance).toBeCloseTo(exact, 6);
    }), { numRuns: 200 });
  });
});

describe('euclidean', () => {
  it('is the root of the sum of squares, or Infinity above a limit', () => {
    fc.assert(fc.property(pairOfEqualLength, fc.double({ min: 0, max: 2, noNaN: true }), ([a, b], part) => {
      const expected = Math.hypot(...a.map((x, i) => x - b[i]!));
      expect(euclidean(a, b)).toBeCloseTo(expected, 6);
      const distance = euclidean(a, b);
      if (Math.abs(part - 1) > 1e-9) expect(euclideanWithin(a, b, distance * part)).toBe(distance > distance * part ? Infinity : distance);
    }));
  });

  it('survives squares beyond the largest double', () => {
    expect(euclidean(Float64Array.of(3e200, 0), Float64Array.of(0, 4e200))).toBeCloseTo(5e200, -190);
  });

  it('refuses curves of different lengths', () => {
    expect(() => euclidean(Float64Array.of(1), Float64Array.of(1, 2))).toThrow('1 and 2 points');
  });
});

describe('searchDtw', () => {
  const band = fc.double({ min: 0, max: 1, noNaN: true });

  it('is the root of the banded squared cost, r = ceil(band x L)', () => {
    fc.assert(fc.property(pairOfEqualLength, band, ([a, b], fraction) => {
      const expected = Math.sqrt(naiveDtw(a, b, squared, Math.ceil(fraction * a.length)));
      expect(searchDtw(a, b, { band: fraction })).toBeCloseTo(expected, 6);
      expect(searchDtwPath(a, b, fraction).distance).toBeCloseTo(expected, 6);
    }), { numRuns: 300 });
  });

  it('is never below its lower bound, and neither abandons at the distance itself', () => {
    fc.assert(fc.property(pairOfEqualLength, band, ([a, b], fraction) => {
      const query = createDtwQuery(a, fraction);
      const distance = searchDtw(a, b, { band: fraction });
      expect(query.bound(b, Infinity)).toBeLessThanOrEqual(distance);
      expect(query.bound(b, distance)).toBeLessThanOrEqual(distance);
      expect(query.distance(b, distance)).toBe(distance);
      if (distance > 1e-6) expect(query.distance(b, distance * 0.999)).toBe(Infinity);
    }), { numRuns: 500 });
  });

  it('has a lower bound that prunes', () => {
    const wave = (phase: number): Float64Array => zNormalise(Float64Array.from({ length: 128 }, (_, i) => Math.sin(i / 8 + phase)))!;
    const query = createDtwQuery(wave(0), 0.05);
    expect(query.bound(wave(Math.PI), 1)).toBe(Infinity);
    expect(query.bound(wave(0.1), 1)).toBeLessThan(0.5);
  });
});
