import { describe, expect, it } from 'vitest';
import { distanceReport } from './distance-report.js';
import { searchDtw } from './search-dtw.js';
import { zNormalise } from './z-normalise.js';

describe('distanceReport', () => {
  it('is the line of the distance command', () => {
    expect(distanceReport({ a: [0, 25, 24, 22], b: [0, 25, 24, 18] })).toEqual({
      euclidean: 4, dtw: 4, fastdtw: { 1: { distance: 4, pathLength: 4 } }, fingerprintOfA: 'sinc dec dec', fingerprintOfB: 'sinc dec sdec',
    });
  });

  it('has no Euclidean distance for different lengths, and a FastDTW for each radius', () => {
    const report = distanceReport({ a: [1, 2, 3], b: [1, 2] }, { radii: [0, 7] });
    expect(report.euclidean).toBeNull();
    expect(Object.keys(report.fastdtw)).toEqual(['0', '7']);
  });

  it('limits dtw by the band, a fraction of the longer length', () => {
    const a = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    const b = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(distanceReport({ a, b }, { band: 0.1 }).dtw).toBe(2);
    expect(distanceReport({ a, b: [0, 0, 1, 0, 0, 0, 0, 0, 0, 0] }, { band: 0.6 }).dtw).toBe(0);
  });

  it("z-normalises on request and adds search's dtw with the longer length", () => {
    const report = distanceReport({ a: [1, 2, 1, 2, 5, 2], b: [10, 20, 50] }, { znormalize: true });
    const b = zNormalise(Float64Array.of(10, 14, 18, 26, 38, 50))!;
    expect(report.dtwBanded).toBeCloseTo(searchDtw(zNormalise(Float64Array.of(1, 2, 1, 2, 5, 2))!, b, { band: 0.1 }), 12);
    expect(distanceReport({ a: [3, 3], b: [1, 2] }, { znormalize: true }).dtw).toBe(2);
  });

  it.each([
    ['an empty curve', { a: [], b: [1] }, 'a must be a list'],
    ['a curve that is none', { a: [1], b: 'x' }, 'b must be a list'],
    ['a number that is none', { a: [1, Number.NaN], b: [1] }, 'a[1] is no finite number'],
    ['a gap', { a: [1], b: [null] }, 'b[0] is no finite number'],
  ])('refuses %s, saying where', (_, pair, message) => {
    expect(() => distanceReport(pair as { a: number[]; b: number[] })).toThrow(message);
  });
});
