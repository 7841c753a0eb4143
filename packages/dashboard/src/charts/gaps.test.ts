import { describe, expect, it } from 'vitest';
import { gapSecondsOf, runsOf, withGaps } from './gaps.js';

describe('gaps', () => {
  it('are three times the usual distance', () => {
    expect(gapSecondsOf([0, 10, 20, 30, 100])).toBe(30);
    expect(gapSecondsOf([0, 10])).toBe(Number.POSITIVE_INFINITY);
  });

  it('part the points into runs', () => {
    expect(runsOf([0, 10, 20, 60, 70])).toEqual([[0, 3], [3, 5]]);
    expect(runsOf([0, 10, 20, 50])).toEqual([[0, 4]]);
    expect(runsOf([])).toEqual([]);
    expect(runsOf([5])).toEqual([[0, 1]]);
  });

  it('become a null halfway in every column', () => {
    expect(withGaps([0, 10, 20, 60], [[1, 2, 3, 4], [5, 6, 7, 8]])).toEqual({ timestamps: [0, 10, 20, 40, 60], columns: [[1, 2, 3, null, 4], [5, 6, 7, null, 8]] });
    expect(withGaps([0, 10], [[1, 2]])).toEqual({ timestamps: [0, 10], columns: [[1, 2]] });
  });
});
