import { describe, expect, it } from 'vitest';
import { evenSeries } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { meanSubtractionCumulation } from './mean-subtraction-cumulation.js';

const ask = (values: number[]) => meanSubtractionCumulation.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect: 'fixed' });

describe('mean_subtraction_cumulation', () => {
  it('compares the last value with three sample deviations of all before it', () => {
    expect(ask([1, 2, 3, 5])).toMatchObject({ vote: false, statistic: 3, threshold: 3, expected: { low: -1, high: 5 } });
    expect(ask([1, 2, 3, 5.001])).toMatchObject({ vote: true });
    expect(ask([1, 2, 3, -1.001])).toMatchObject({ vote: true });
  });

  it('fires on any change after a constant', () => {
    expect(ask([4, 4, 4, 4.1])).toMatchObject({ vote: true, threshold: 0 });
    expect(ask([4, 4, 4, 4])).toMatchObject({ vote: false });
  });

  it('needs two values before the last', () => {
    expect(ask([1, 100])).toMatchObject({ vote: false, statistic: null });
    expect(ask([1])).toMatchObject({ vote: false, statistic: null });
  });
});
