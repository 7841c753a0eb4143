import { describe, expect, it } from 'vitest';
import { goldenPairs } from '../../oracle/similarity-golden.js';
import { fingerprint } from '../shape/fingerprint.js';
import { distanceReport } from './distance-report.js';
import { dtw, dtwPath } from './dtw.js';
import { fastDtw, fastDtwBy } from './fast-dtw.js';

const pairs = goldenPairs().map(({ a, b, ...rest }) => ({ a: Float64Array.from(a), b: Float64Array.from(b), ...rest }));
/** The file's figures are rounded to 4 places, or summed in another order. */
const near = (value: number): unknown => expect.closeTo(value, 4);

describe('the golden pairs', () => {
  it('are many and of many lengths', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(60);
    expect(new Set(pairs.map(({ a, b }) => `${a.length}x${b.length}`)).size).toBeGreaterThan(30);
  });

  it('have the DTW distance of the reference, with and without a path', () => {
    for (const pair of pairs) {
      expect(dtw(pair.a, pair.b)).toEqual(near(pair.dtw));
      expect(dtwPath(pair.a, pair.b).distance).toEqual(near(pair.dtw));
    }
  });

  it('have the FastDTW distance and path length of the reference at every radius', () => {
    for (const { a, b, fastdtw } of pairs) {
      for (const [radius, expected] of Object.entries(fastdtw)) {
        const { distance, path } = fastDtw(a, b, Number(radius));
        expect({ distance, pathLength: path.length }).toEqual({ ...expected, distance: near(expected.distance) });
      }
    }
  });

  it("have the figures of Oculus' class once coarse values are 0, which is its defect", () => {
    for (const { a, b, fastdtwOfOculus } of pairs) {
      for (const [radius, expected] of Object.entries(fastdtwOfOculus)) {
        const { distance, path } = fastDtwBy(a, b, Number(radius), () => 0);
        expect({ distance, pathLength: path.length }).toEqual({ ...expected, distance: near(expected.distance) });
      }
    }
  });

  it("have Oculus' fingerprint, word for word", () => {
    for (const { fingerprint: { values, words } } of pairs) expect(fingerprint(Float64Array.from(values))).toBe(words);
  });

  it('are reported as the command prints them', () => {
    for (const { a, b, dtw: distance, fastdtw } of pairs) {
      const report = distanceReport({ a: [...a], b: [...b] }, { radii: Object.keys(fastdtw).map(Number) });
      expect(report.dtw).toEqual(near(distance));
      expect(Object.keys(report.fastdtw)).toEqual(Object.keys(fastdtw));
      expect(report.euclidean === null).toBe(a.length !== b.length);
    }
  });
});
