import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchDtw } from '../distances/search-dtw.js';
import { carelessDtw } from './careless-dtw.js';
import { correlateByTransform, correlatePlainly } from './correlate.js';
import { type Normalisation, normaliseCurve } from './normalise-curve.js';
import { createSlider } from './slide.js';
import { smooth } from './smooth.js';

const value = fc.double({ min: -1000, max: 1000, noNaN: true });
const curve = (minLength: number, maxLength: number) => fc.array(value, { minLength, maxLength }).map((values) => Float64Array.from(values));
const normalisations: Normalisation[] = ['both', 'level', 'height', 'none'];

describe('correlate', () => {
  it('gives by the Fourier transform what the double loop gives', () => {
    fc.assert(fc.property(curve(1, 40), curve(40, 200), (pattern, along) => {
      const places = along.length - pattern.length + 1;
      const plain = correlatePlainly(pattern, along, places);
      correlateByTransform(pattern, along, places).forEach((sum, k) => expect(Math.abs(sum - plain[k]!)).toBeLessThan(1e-6));
    }));
  });
});

describe('a slider', () => {
  it('finds at every place the distance of the two stretches normalised by themselves, upright and upside down, over the points that count', () => {
    const cases = fc.record({ query: curve(4, 24), along: curve(24, 400), level: fc.constantFrom(0, 1e4), normalisation: fc.constantFrom(...normalisations), mask: fc.option(fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), { nil: null }) });
    fc.assert(fc.property(cases, ({ query, along, level, normalisation, mask }) => {
      const counts = mask === null ? null : Uint8Array.from(query, (_, i) => (mask[i] ? 1 : 0));
      const shifted = along.map((one) => one + level);
      const slider = createSlider(query, counts, normalisation);
      const own = normaliseCurve(query, counts, normalisation);
      expect(slider === null).toBe(own === null);
      if (slider === null || own === null) return;
      const { upright, mirrored } = slider.distances(shifted);
      expect(upright).toHaveLength(along.length - query.length + 1);
      for (let k = 0; k < upright.length; k += 1) {
        const stretch = normaliseCurve(shifted.slice(k, k + query.length), counts, normalisation);
        if (stretch === null) continue;
        const scale = 1 + Math.sqrt(own.reduce((sum, one) => sum + one * one, 0)) + Math.sqrt(stretch.reduce((sum, one) => sum + one * one, 0));
        if (upright[k] === Infinity) continue;
        expect(Math.abs(upright[k]! - away(own, stretch, 1)) / scale).toBeLessThan(1e-4);
        expect(Math.abs(mirrored[k]! - away(own, stretch, -1)) / scale).toBeLessThan(1e-4);
      }
    }), { numRuns: 300 });
  });

  it('takes a flat stretch for none', () => {
    const slider = createSlider(Float64Array.of(0, 1, 0), null, 'both')!;
    const { upright } = slider.distances(Float64Array.of(5, 5, 5, 5, 9, 5));
    expect([...upright.slice(0, 2)]).toEqual([Infinity, Infinity]);
    expect(upright[3]).toBeCloseTo(0, 6);
  });
});

function away(a: Float64Array, b: Float64Array, sign: number): number {
  return Math.sqrt(a.reduce((sum, one, i) => sum + (sign * one - b[i]!) ** 2, 0));
}

describe('normaliseCurve', () => {
  it('takes out what it is told to, over the points that count', () => {
    const counts = Uint8Array.of(1, 0, 1);
    expect([...normaliseCurve(Float64Array.of(1, 99, 3), counts, 'both')!]).toEqual([-1, 0, 1]);
    expect([...normaliseCurve(Float64Array.of(3, 99, 4), counts, 'none')!]).toEqual([3, 0, 4]);
    expect([...normaliseCurve(Float64Array.of(1, -99, 7), counts, 'height')!]).toEqual([0.2, 0, 1.4]);
    expect(normaliseCurve(Float64Array.of(2, 99, 2), counts, 'both')).toBeNull();
    expect(normaliseCurve(Float64Array.of(2, 99, 2), Uint8Array.of(1, 0, 0), 'none')).toBeNull();
  });
});

describe('smooth', () => {
  it('is the mean of the neighbours', () => {
    expect([...smooth(Float64Array.of(0, 3, 0, 3), 3)]).toEqual([1.5, 1, 2, 1.5]);
    expect([...smooth(Float64Array.of(4, 7), 1)]).toEqual([4, 7]);
  });
});

describe('carelessDtw', () => {
  it('is the search distance where every point counts, and at most that where some do not', () => {
    fc.assert(fc.property(curve(12, 12), curve(12, 12), fc.integer({ min: 0, max: 12 }), (a, b, radius) => {
      const exact = searchDtw(a, b, { band: radius / 12 });
      expect(carelessDtw(a, new Uint8Array(12).fill(1), b, radius)).toBeCloseTo(exact, 6);
      expect(carelessDtw(a, Uint8Array.from(a, (_, i) => i % 2), b, radius)).toBeLessThanOrEqual(exact + 1e-9);
    }));
  });
});
