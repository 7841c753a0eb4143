import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveDickeyFuller, naiveStudentQuantile } from '../../../oracle/naive-nine.js';
import { dickeyFullerTau, stationaryTau } from './dickey-fuller.js';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.js';
import { medianInPlace } from './median.js';
import { deviationOf, momentsOf, momentsWith } from './moments.js';
import { studentQuantile, studentTail } from './student-t.js';

const values = (minLength: number, maxLength = 200) => fc.array(fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: 0, max: 3 })), { minLength, maxLength }).map((list) => Float64Array.from(list));

describe('moments', () => {
  it('are those of the definition, whole or with the last value added', () => {
    fc.assert(
      fc.property(values(2), (list) => {
        const mean = list.reduce((a, b) => a + b, 0) / list.length;
        const squares = list.reduce((a, b) => a + (b - mean) ** 2, 0);
        for (const moments of [momentsOf(list, 0, list.length), momentsWith(momentsOf(list, 0, list.length - 1), list.at(-1)!)]) {
          expect(moments.count).toBe(list.length);
          expect(moments.mean).toBeCloseTo(mean, 9);
          expect(Math.abs(moments.squares - squares)).toBeLessThanOrEqual(1e-9 * (1 + squares));
        }
      }),
    );
  });

  it('have no deviation below two values, and a mean of one', () => {
    const one = momentsWith(momentsOf(Float64Array.of(), 0, 0), 7);
    expect(one).toEqual({ count: 1, mean: 7, squares: 0 });
    expect(deviationOf(one, 1)).toBeNaN();
    expect(deviationOf(one, 0)).toBe(0);
  });

  it('lose nothing of a quiet head when an outlier is added', () => {
    const head = momentsOf(Float64Array.of(1, 1.5, 1, 1.5), 0, 4);
    expect(deviationOf(head, 1)).toBeCloseTo(0.28867513459, 10);
    expect(momentsWith(head, 1e12).mean).toBeCloseTo(2e11 + 1, 3);
  });
});

describe('medianInPlace', () => {
  it('is the middle of the sorted values', () => {
    fc.assert(
      fc.property(values(1), (list) => {
        const sorted = list.slice().sort();
        const half = list.length >> 1;
        expect(medianInPlace(list.slice()) === (list.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2)).toBe(true);
      }),
    );
  });

  it('is right for shapes that defeat a careless pivot', () => {
    const organPipe = Float64Array.from({ length: 5000 }, (_, i) => Math.min(i, 4999 - i));
    const antiMedianOfThree = Float64Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? i : 5000 - i) % 97);
    for (const list of [organPipe, antiMedianOfThree, organPipe.toSorted(), organPipe.toSorted().toReversed(), new Float64Array(5000)]) {
      const sorted = list.toSorted();
      expect(medianInPlace(list.slice())).toBe((sorted[2499]! + sorted[2500]!) / 2);
    }
  });

  it('does not overflow, and has none of nothing', () => {
    expect(medianInPlace(Float64Array.of(1.5e308, 1.7e308))).toBe(1.6e308);
    expect(medianInPlace(new Float64Array(0))).toBeNaN();
  });
});

describe("Student's t", () => {
  it.each([
    [0.025, 10, 2.2281388519649385],
    [0.05, 1, 6.313751514675043],
    [0.05, 2, 2.919985580353726],
    [0.005, 3, 5.840909309733357],
    [0.025, 120, 1.979930405082422],
  ])('has P(T > t) = %d with %d degrees of freedom at %d, as in the tables', (tail, df, t) => {
    expect(studentQuantile(tail, df)).toBeCloseTo(t, 10);
    expect(studentTail(t, df)).toBeCloseTo(tail, 11);
  });

  it('is what integrating the density gives', () => {
    for (const [tail, df] of [[0.05 / 6, 1], [0.05 / 8, 2], [0.05 / 10, 3], [0.05 / 60, 28], [0.05 / 800, 398]] as const) {
      expect(studentQuantile(tail, df) / naiveStudentQuantile(tail, df) - 1).toBeCloseTo(0, 7);
    }
  });

  it('turns back into its tail for every length a series may have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 2_000_000 }), (count) => {
        const tail = 0.05 / (2 * count);
        expect(Math.abs(studentTail(studentQuantile(tail, count - 2), count - 2) / tail - 1)).toBeLessThan(1e-9);
      }),
    );
  });
});

describe('kolmogorovSmirnov', () => {
  it('is the widest gap between the shares at or below any value', () => {
    fc.assert(
      fc.property(values(1, 30), values(1, 30), (a, b) => {
        const share = (list: Float64Array, at: number): number => list.filter((value) => value <= at).length / list.length;
        const widest = Math.max(...[...a, ...b].map((at) => Math.abs(share(a, at) - share(b, at))));
        expect(kolmogorovSmirnov(a.slice(), b.slice())).toBeCloseTo(widest, 12);
      }),
    );
  });
});

describe('dickeyFullerTau', () => {
  it('is what solving each regression anew gives', () => {
    let certain = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 24, maxLength: 80 }), fc.constantFrom(0, 0.5, 0.9, 1), (steps, memory) => {
        let at = 0;
        const list = steps.map((step) => (at = memory * at + step));
        const naive = naiveDickeyFuller(list);
        if (!naive.certain || Number.isNaN(naive.tau)) return;
        certain += 1;
        expect(Math.abs(dickeyFullerTau(Float64Array.from(list)) / naive.tau - 1)).toBeLessThan(1e-6);
      }),
    );
    expect(certain).toBeGreaterThan(30);
  });

  it('has no answer for a constant, a short series or a perfect line', () => {
    expect(dickeyFullerTau(new Float64Array(100).fill(3))).toBeNaN();
    expect(dickeyFullerTau(Float64Array.from({ length: 23 }, (_, i) => Math.sin(i)))).toBeNaN();
    expect(dickeyFullerTau(Float64Array.from({ length: 100 }, (_, i) => i)) < stationaryTau).toBe(false);
  });

  it('tells noise from a walk', () => {
    const noise = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i * i * 12.9898));
    let sum = 0;
    expect(dickeyFullerTau(noise)).toBeLessThan(stationaryTau);
    expect(dickeyFullerTau(noise.map((step) => (sum += step + 0.5)))).toBeGreaterThan(stationaryTau);
  });
});
