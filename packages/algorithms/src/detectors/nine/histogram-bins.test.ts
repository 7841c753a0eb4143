import { describe, expect, it } from 'vitest';
import { evenSeries, repeat } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { histogramBins } from './histogram-bins.js';

const ask = (values: number[]) => histogramBins.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect: 'fixed' });
/** 0 and 15 once, so that each bin is 1 wide. */
const withTail = (tail: number, alike: number): number[] => [0, 15, ...repeat(tail, alike)];

describe('histogram_bins', () => {
  it('fires in a bin with at most 20 values', () => {
    expect(ask(withTail(7.5, 20))).toMatchObject({ vote: true, statistic: 20, threshold: 20 });
    expect(ask(withTail(7.5, 21))).toMatchObject({ vote: false, statistic: 21 });
  });

  it('counts a value on an edge to the bin above it', () => {
    expect(ask([0, 15, ...repeat(7.5, 18), 8, 8, 8])).toMatchObject({ statistic: 3 });
    expect(ask([0, 15, ...repeat(7.5, 18), 7, 7, 7])).toMatchObject({ statistic: 21 });
  });

  it('counts the first bin only for the minimum itself, and the last never for the maximum', () => {
    expect(ask(withTail(0.5, 3))).toMatchObject({ vote: false, statistic: null });
    expect(ask([15, 0, 0, 0])).toMatchObject({ vote: true, statistic: 3 });
    expect(ask([0, 15, 15, 15])).toMatchObject({ vote: false, statistic: null });
    expect(ask([0, 15, 14.5, 14.5, 14.5])).toMatchObject({ vote: true, statistic: 4 });
  });

  it('refuses a spread that no number can hold', () => {
    expect(() => ask([-1.7e308, 1.7e308, 0])).toThrow('spread');
  });
});
