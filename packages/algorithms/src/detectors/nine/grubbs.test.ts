import { describe, expect, it } from 'vitest';
import { evenSeries, repeat, ripple } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { criticalGrubbs, grubbs } from './grubbs.js';

const ask = (values: number[]) => grubbs.judge(seriesView(evenSeries(values), 0), { fullDuration: 86_400, dialect: 'fixed' });

describe('grubbs', () => {
  it('has the critical values of the published tables (two-sided, 5 %)', () => {
    expect(criticalGrubbs(3)).toBeCloseTo(1.1543, 4);
    expect(criticalGrubbs(10)).toBeCloseTo(2.29, 2);
    expect(criticalGrubbs(30)).toBeCloseTo(2.9085, 3);
  });

  it('sees a rise and never a fall', () => {
    expect(ask([...ripple(100), ...repeat(9, 3)])).toMatchObject({ vote: true });
    expect(ask([...ripple(100), ...repeat(-9, 3)])).toMatchObject({ vote: false });
  });

  it('is quiet below three values', () => {
    expect(ask([1, 1e9])).toMatchObject({ vote: false, statistic: null });
  });
});
