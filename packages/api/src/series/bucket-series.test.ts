import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketSeries } from './bucket-series.js';

const columns = (points: readonly (readonly [number, number])[]) => ({ metric: 'm', timestamps: Float64Array.from(points, ([time]) => time), values: Float64Array.from(points, ([, value]) => value) });
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -1000, max: 1000 }));

describe('bucketSeries', () => {
  it('gives the mean, the lowest and the highest value of each bucket', () => {
    const { timestamps, values, min, max, bucketSeconds } = bucketSeries(columns([[0, 1], [10, 3], [20, 5], [30, 9]]), { from: 0, until: 40 }, 2);
    expect([...timestamps]).toEqual([0, 20]);
    expect([...values]).toEqual([2, 7]);
    expect([...min]).toEqual([1, 5]);
    expect([...max]).toEqual([3, 9]);
    expect(bucketSeconds).toBe(20);
  });

  it('leaves out buckets that hold nothing, so that gaps stay gaps', () => {
    expect([...bucketSeries(columns([[0, 1], [1, 1], [98, 1], [99, 1]]), { from: 0, until: 100 }, 3).timestamps]).toEqual([0, expect.closeTo(66.67, 1)]);
  });

  it('leaves a short series as it is', () => {
    const series = columns([[0, 1.5], [7, -0]]);
    expect(bucketSeries(series, { from: 0, until: 10 }, 2)).toEqual({ timestamps: series.timestamps, values: series.values, min: series.values, max: series.values, bucketSeconds: 0 });
  });

  it('agrees with buckets filled one by one, and loses no peak', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 999 }), value), { selector: ([time]) => time, minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (points, maxPoints) => {
        const sorted = [...points].sort(([a], [b]) => a - b);
        const thinned = bucketSeries(columns(sorted), { from: 0, until: 1000 }, maxPoints);
        expect(thinned.timestamps.length).toBeLessThanOrEqual(maxPoints);
        expect(Math.max(...thinned.max)).toBe(Math.max(...sorted.map(([, v]) => v)));
        expect(Math.min(...thinned.min)).toBe(Math.min(...sorted.map(([, v]) => v)));
        thinned.timestamps.forEach((start, i) => {
          const end = thinned.bucketSeconds === 0 ? start + Number.MIN_VALUE : start + thinned.bucketSeconds;
          if (thinned.bucketSeconds > 0) {
            const inside = sorted.filter(([time]) => Math.floor(time / thinned.bucketSeconds) === Math.round(start / thinned.bucketSeconds)).map(([, v]) => v);
            expect(thinned.min[i]).toBe(Math.min(...inside));
            expect(thinned.max[i]).toBe(Math.max(...inside));
            // Halves of the smallest doubles are no doubles: the two ways of a mean part there.
            const scale = Math.max(...inside.map(Math.abs), Number.MIN_VALUE * 2 ** 60);
            expect((thinned.values[i] ?? 0) / scale).toBeCloseTo(inside.reduce((sum, v) => sum + v / scale / inside.length, 0), 9);
          }
          expect(end).toBeGreaterThanOrEqual(start);
          expect(thinned.values[i]).toBeGreaterThanOrEqual(thinned.min[i] ?? Number.NaN);
          expect(thinned.values[i]).toBeLessThanOrEqual(thinned.max[i] ?? Number.NaN);
        });
      }),
    );
  });
});
