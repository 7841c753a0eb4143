import { describe, expect, it } from 'vitest';
import { evenSeries, ripple } from '../../../oracle/even-series.js';
import { seriesView } from '../series-view.js';
import { ksTest } from './ks-test.js';

const end = 1_700_000_000;
const ask = (values: number[], { resolution = 10, now = end } = {}) => ksTest.judge(seriesView(evenSeries(values, { resolution }), now), { fullDuration: 86_400, dialect: 'fixed' });
const steady = ripple(400);
const shifted = steady.map((value, i) => (i > 338 ? value + 3 : value));

describe('ks_test', () => {
  it('fires when the last ten minutes differ from a steady hour before', () => {
    expect(ask(shifted)).toMatchObject({ vote: true, statistic: 1, threshold: 0.5 });
    expect(ask(steady)).toMatchObject({ vote: false });
  });

  it('is quiet when the hour was drifting already, and says so', () => {
    const walk = steady.map((value, i) => 3 * i + value);
    expect(ask(walk)).toMatchObject({ vote: false, statistic: 1 });
    expect(ask(walk).explanation).toContain('drifting already');
  });

  it('never fires at a resolution of a minute', () => {
    expect(ask(shifted, { resolution: 60 })).toMatchObject({ vote: false, statistic: null });
  });

  it('needs 20 values in each span: [now - 1 h, now - 10 min) and from there on', () => {
    const values = ripple(361).map((value, i) => (i > 300 ? value + 3 : value));
    expect(ask(values, { now: end + 410 }).statistic).not.toBeNull();
    expect(ask(values, { now: end + 411 }).statistic).toBeNull();
  });
});
