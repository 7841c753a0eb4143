import { describe, expect, it } from 'vitest';
import { evenSeries, ripple } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { leastSquares } from './least-squares.js';

const ask = (values: number[], resolution = 60) => leastSquares.judge(seriesView(evenSeries(values, { resolution }), 0), { fullDuration: 86_400, dialect: 'fixed' });
const drift = (count: number): number[] => ripple(count).map((value, i) => 2 * i + value);

describe('least_squares', () => {
  it('follows a drift, and fires where the last three leave it', () => {
    expect(ask(drift(200))).toMatchObject({ vote: false });
    expect(ask(drift(200).map((value, i) => (i > 196 ? value - 30 : value)))).toMatchObject({ vote: true });
  });

  it('fits as good as a constant below about 1,110 s of data, as the original did', () => {
    const short = ask(drift(200), 5);
    const long = ask(drift(200), 6);
    expect(short.statistic).toBeCloseTo(197.5, -1);
    expect(long.statistic).toBeLessThan(3);
  });

  it('counts nothing under one half', () => {
    const small = drift(200).map((value, i) => (i > 196 ? value - 30 : value) / 100);
    expect(ask(small)).toMatchObject({ vote: false });
    expect(ask(small).statistic).toBeGreaterThan(ask(small).threshold!);
    expect(ask(small).explanation).toContain('under one half nothing counts');
  });

  it('is quiet below three points and on one instant', () => {
    expect(ask([1, 1000])).toMatchObject({ vote: false, statistic: null });
    expect(ask([1, 2, 1000], 0)).toMatchObject({ vote: false });
  });
});
