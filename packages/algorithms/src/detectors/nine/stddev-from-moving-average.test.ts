import { describe, expect, it } from 'vitest';
import { evenSeries, repeat, ripple } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { stddevFromMovingAverage } from './stddev-from-moving-average.js';

const ask = (values: number[]) => stddevFromMovingAverage.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect: 'fixed' });

describe('stddev_from_moving_average', () => {
  it('has the mean and deviation that pandas has for ewm(com=50)', () => {
    // pandas.Series([1, 2, 4, 8]).ewm(com=50): mean 3.8208..., by hand from weights (50/51)^k.
    const weights = [3, 2, 1, 0].map((k) => (50 / 51) ** k);
    const total = weights.reduce((a, b) => a + b);
    const mean = [1, 2, 4, 8].reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
    const biased = [1, 2, 4, 8].reduce((sum, value, i) => sum + weights[i]! * (value - mean) ** 2, 0) / total;
    const variance = (biased * total ** 2) / (total ** 2 - weights.reduce((sum, weight) => sum + weight ** 2, 0));
    const { statistic, threshold } = ask([1, 2, 4, 8]);
    expect(statistic).toBeCloseTo(8 - mean, 12);
    expect(threshold).toBeCloseTo(3 * Math.sqrt(variance), 12);
  });

  it('forgets an old level', () => {
    expect(ask([...repeat(1000, 3000), ...ripple(3000), 5])).toMatchObject({ vote: true });
    expect(ask([...repeat(1000, 3000), ...ripple(3000), 0.5])).toMatchObject({ vote: false });
  });

  it('has no deviation of a single value', () => {
    expect(ask([5])).toMatchObject({ vote: false, statistic: null });
  });
});
