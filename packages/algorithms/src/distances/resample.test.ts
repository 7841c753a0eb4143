import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveResample, naiveZNormalise } from '../../oracle/naive-distances.js';
import { resample, resampleEven } from './resample.js';
import { zNormalise } from './z-normalise.js';

const series = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 60 })
  .chain((instants) => fc.tuple(fc.constant([...instants].sort((a, b) => a - b)), fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: instants.length, maxLength: instants.length })));

describe('resample', () => {
  it('reads the line between the neighbours at even instants', () => {
    fc.assert(fc.property(series, fc.integer({ min: 1, max: 100 }), ([timestamps, values], length) => {
      const points = resample(Float64Array.from(timestamps), Float64Array.from(values), length);
      naiveResample(timestamps, values, length).forEach((expected, k) => expect(points[k]).toBeCloseTo(expected, 4));
      expect(points).toHaveLength(length);
    }), { numRuns: 300 });
  });

  it('keeps the first and the last value exactly, and a constant constant', () => {
    const points = resample(Float64Array.of(1.1, 2.7, 9.3), Float64Array.of(0.1, 0.1, 0.3), 17);
    expect([points[0], points[16]]).toEqual([0.1, 0.3]);
    expect(new Set(resample(Float64Array.of(0.1, 0.7, 9.9), Float64Array.of(0.3, 0.3, 0.3), 50))).toEqual(new Set([0.3]));
  });

  it('stretches a single datapoint and bridges extremes without overflow', () => {
    expect([...resample(Float64Array.of(5), Float64Array.of(7), 3)]).toEqual([7, 7, 7]);
    expect([...resampleEven(Float64Array.of(-1.7e308, 1.7e308), 3)]).toEqual([-1.7e308, 0, 1.7e308]);
  });

  it('gives the same points back where nothing is to be done', () => {
    expect([...resampleEven(Float64Array.of(1, 5, 2), 3)]).toEqual([1, 5, 2]);
    expect([...resampleEven(Float64Array.of(0, 2, 4), 5)]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('zNormalise', () => {
  it('equals the definition', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 }), (values) => {
      const normal = zNormalise(Float64Array.from(values));
      const expected = naiveZNormalise(values);
      expect(normal === null).toBe(expected === null);
      expected?.forEach((value, i) => expect(normal![i]).toBeCloseTo(value, 9));
    }));
  });

  it('sees no shape in what is constant, but for rounding noise', () => {
    for (const flat of [[], [5], [0, 0, 0], [0.1, 0.1, 0.1], [1e9, 1e9 + 1e-7, 1e9], [-1e308, -1e308]]) expect(zNormalise(Float64Array.from(flat))).toBeNull();
  });

  it('sees the same shape in the smallest and the largest numbers', () => {
    for (const scale of [1e-320, 1e-200, 1e-12, 1, 1e200, 8e307]) {
      const normal = zNormalise(Float64Array.of(scale, 2 * scale, scale, 2 * scale));
      [-1, 1, -1, 1].forEach((value, i) => expect(normal![i]).toBeCloseTo(value, 3));
    }
  });
});
