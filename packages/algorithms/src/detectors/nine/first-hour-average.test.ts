import { describe, expect, it } from 'vitest';
import { evenSeries, repeat, ripple } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { firstHourAverage } from './first-hour-average.js';

const settings = { fullDuration: 7200, dialect: 'fixed' } as const;
const ask = (values: number[], now = 1_700_000_000) => firstHourAverage.judge(seriesView(evenSeries(values), now), settings);

describe('first_hour_average', () => {
  it('fires when the last three are far from the first hour, whatever came between', () => {
    expect(ask([...ripple(60), ...repeat(9, 60)])).toMatchObject({ vote: true });
    expect(ask([...ripple(60), ...repeat(9, 57), 0, 0, 0])).toMatchObject({ vote: false });
  });

  it('takes as first hour what is older than now - (fullDuration - 1 h), that instant excluded', () => {
    const values = [1, 3, ...repeat(100, 60)];
    expect(ask(values, 1_700_000_000 + 60)).toMatchObject({ vote: true, statistic: 98, expected: { low: 2 - 3 * Math.SQRT2, high: 2 + 3 * Math.SQRT2 } });
    expect(ask(values, 1_700_000_000)).toMatchObject({ vote: false, statistic: null });
    expect(ask(values, 1_700_000_000 + 120).statistic).toBeCloseTo(100 - 104 / 3, 9);
  });

  it('is quiet while the series is younger', () => {
    expect(ask([0, 0, 0, 1e9, 1e9, 1e9])).toMatchObject({ vote: false, statistic: null, threshold: null, expected: null });
  });
});
