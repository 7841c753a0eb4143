import { describe, expect, it } from 'vitest';
import { evenSeries } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { medianAbsoluteDeviation } from './median-absolute-deviation.js';

const ask = (values: number[], dialect: 'etsy' | 'fixed' = 'fixed') => medianAbsoluteDeviation.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect });

describe('median_absolute_deviation', () => {
  it('fires above six median deviations', () => {
    expect(ask([1, 2, 3, 4, 5, 6, 7, 4 + 12])).toMatchObject({ vote: false });
    expect(ask([1, 2, 3, 4, 5, 6, 100])).toMatchObject({ vote: true, statistic: 48, threshold: 6, expected: { low: -8, high: 16 } });
  });

  it('abstains when quiet in dialect etsy, and votes no in dialect fixed', () => {
    expect(ask([1, 2, 3, 4, 5], 'etsy').vote).toBeNull();
    expect(ask([1, 2, 3, 4, 5], 'fixed').vote).toBe(false);
    expect(ask([1, 2, 3, 4, 5, 6, 100], 'etsy').vote).toBe(true);
  });

  it('votes no in both where more than half of the values are equal', () => {
    for (const dialect of ['etsy', 'fixed'] as const) expect(ask([1, 1, 1, 1, 99], dialect)).toMatchObject({ vote: false, statistic: null });
  });

  it('leaves the series as it was', () => {
    const series = evenSeries([3, 1, 2]);
    medianAbsoluteDeviation.judge(seriesView(series, 0), { fullDuration: 1, dialect: 'fixed' });
    expect([...series.values]).toEqual([3, 1, 2]);
  });
});
