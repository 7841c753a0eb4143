import { describe, expect, it } from 'vitest';
import { evenSeries, repeat } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { stddevFromAverage } from './stddev-from-average.js';

const ask = (values: number[]) => stddevFromAverage.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect: 'fixed' });

describe('stddev_from_average', () => {
  it('compares the mean of the last three with three sample deviations of all', () => {
    const { statistic, threshold, vote } = ask([0, 0, 0, 3]);
    expect({ statistic, threshold, vote }).toEqual({ statistic: 0.25, threshold: 4.5, vote: false });
  });

  it('fires on three high values among many, not on one', () => {
    expect(ask([...repeat(0, 40), ...repeat(9, 3)])).toMatchObject({ vote: true });
    expect(ask([...repeat(0, 40), 0, 0, 9])).toMatchObject({ vote: false });
  });

  it('has no deviation of a single value', () => {
    expect(ask([5])).toMatchObject({ vote: false, statistic: null });
  });
});
