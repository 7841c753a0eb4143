import { describe, expect, it } from 'vitest';
import { evenSeries, repeat, ripple } from '../../../oracle/even-series.js';
import { nine } from '../registry.js';
import { defaultEnsembleSettings } from './ensemble-settings.js';
import type { EnsembleSettings } from './ensemble-settings.js';
import { judge } from './judge.js';

const namesOfNine = nine.map(({ name }) => name);

const end = 1_700_000_000;
const quiet = ripple(1440).map((value) => 100 + value);
const risen = quiet.map((value, i) => (i > 1436 ? value + 40 : value));
const fallen = quiet.map((value, i) => (i > 1436 ? value - 40 : value));
const ask = (values: number[], settings: Partial<EnsembleSettings> = {}, options: { allVotes?: boolean; now?: number; resolution?: number } = {}) => {
  const { now = end, resolution = 60, ...rest } = options;
  return judge(evenSeries(values, { end, resolution }), now, { ...defaultEnsembleSettings, ...settings }, rest);
};

describe('judge', () => {
  it('says how many agree, what was expected and what came', () => {
    const verdict = ask(risen);
    expect(verdict).toMatchObject({ status: 'anomalous', score: 800 / 9 });
    if (verdict.status !== 'anomalous') throw new Error('not anomalous');
    expect(Object.keys(verdict.votes)).toEqual(namesOfNine);
    expect(verdict.expected!.low).toBeGreaterThan(80);
    expect(verdict.expected!.high).toBeLessThan(120);
    expect(verdict.explanation).toMatch(/^The value is 1\d\d(\.\d+)?, with [\d.]+ to [\d.]+ expected: 8 of 9 tests call it anomalous\.$/);
    for (const { name, vote, statistic, threshold, explanation } of verdict.detectors) {
      expect(explanation, name).toMatch(/^[A-Z].*\.$/);
      if (vote === true) expect(statistic !== null && threshold !== null, name).toBe(true);
    }
  });

  it('mentions the mean of the last three where the last value itself is as expected', () => {
    const verdict = ask(quiet.map((value, i) => (i === 1437 || i === 1438 ? value + 90 : value)), { consensus: 3 });
    expect(verdict).toMatchObject({ status: 'anomalous', explanation: expect.stringContaining('the mean of the last three') as string });
  });

  it('skips in order: too short, stale, boring', () => {
    const boring = repeat(5, 200);
    expect(ask([], {}, { now: end + 9999 })).toEqual({ status: 'skipped', reason: 'too-short' });
    expect(ask([], { minTolerableLength: 0 })).toEqual({ status: 'skipped', reason: 'too-short' });
    expect(ask(boring, { minTolerableLength: 201 }, { now: end + 501 })).toEqual({ status: 'skipped', reason: 'too-short' });
    expect(ask(boring, {}, { now: end + 501 })).toEqual({ status: 'skipped', reason: 'stale' });
    expect(ask(boring, {}, { now: end + 500 })).toEqual({ status: 'skipped', reason: 'boring' });
  });

  it('finds a series boring by exactly the set size, over the last values only', () => {
    const two = Array.from({ length: 200 }, (_, i) => i % 2);
    expect(ask(two)).toMatchObject({ status: 'normal' });
    expect(ask(two, { boredomSetSize: 2 })).toEqual({ status: 'skipped', reason: 'boring' });
    expect(ask(repeat(5, 200), { boredomSetSize: 2 })).toMatchObject({ status: 'normal' });
    expect(ask([9, ...repeat(5, 100)])).toEqual({ status: 'skipped', reason: 'boring' });
    expect(ask([9, ...repeat(5, 99)]).status).not.toBe('skipped');
    expect(ask(repeat(5, 200), { maxTolerableBoredom: 0 })).toMatchObject({ status: 'normal' });
  });

  it('is normal with the reason when a test fails, and the same with an early stop', () => {
    const broken = [...quiet.slice(0, 50), NaN, ...quiet.slice(50)];
    const verdict = ask(broken, {}, { allVotes: true });
    expect(verdict).toMatchObject({ status: 'normal', score: 0, expected: null, reason: 'error: first_hour_average: value 50 is NaN, not a finite number' });
    expect(ask(broken)).toEqual(verdict);
    expect(ask([-1.7e308, 1, 1.7e308, 2], {}, { allVotes: true })).toMatchObject({ status: 'normal', reason: expect.stringMatching(/^error: histogram_bins: /) as string });
  });

  it('counts no more votes than are enabled, and refuses a detector that is none', () => {
    const enabled = ['grubbs', 'median_absolute_deviation'];
    expect(ask(risen, { detectors: enabled })).toMatchObject({ status: 'anomalous', score: 100, votes: { grubbs: true, median_absolute_deviation: true } });
    expect(ask(fallen, { detectors: enabled })).toMatchObject({ status: 'normal' });
    expect(ask(fallen, { detectors: enabled, consensus: 1 })).toMatchObject({ status: 'anomalous', score: 50 });
    expect(ask(risen, { detectors: [] })).toMatchObject({ status: 'normal', score: 0, votes: {} });
    expect(() => ask(risen, { detectors: ['grubs'] })).toThrow(/no detector named grubs; there are first_hour_average/);
  });

  it('knows the dialect etsy only among the nine', () => {
    const votes = (dialect: 'etsy' | 'fixed') => ask(quiet, { dialect }, { allVotes: true });
    expect(votes('etsy')).toMatchObject({ votes: { median_absolute_deviation: null } });
    expect(votes('fixed')).toMatchObject({ votes: { median_absolute_deviation: false } });
  });
});

describe('what a rule allows', () => {
  it('is one direction', () => {
    expect(ask(risen, { direction: 'up' }).status).toBe('anomalous');
    expect(ask(fallen, { direction: 'up' })).toMatchObject({ status: 'normal', reason: 'direction: it fell, and only rises count' });
    expect(ask(fallen, { direction: 'down' }).status).toBe('anomalous');
    expect(ask(risen, { direction: 'down' })).toMatchObject({ status: 'normal', reason: 'direction: it rose, and only falls count' });
  });

  it('is a deviation that is too small to matter, absolutely or relatively', () => {
    expect(ask(risen, { minAbsolute: 35 }).status).toBe('anomalous');
    expect(ask(risen, { minAbsolute: 45 })).toMatchObject({ status: 'normal', reason: expect.stringMatching(/^minAbsolute: it deviates by (39|40)/) as string });
    expect(ask(risen, { minRelative: 0.35 }).status).toBe('anomalous');
    expect(ask(risen, { minRelative: 0.45 })).toMatchObject({ status: 'normal', reason: expect.stringMatching(/^minRelative: it deviates by 0\.(38|39|40)/) as string });
  });

  it('is anything between two bounds', () => {
    expect(ask(risen, { low: 0, high: 200 })).toMatchObject({ status: 'normal', reason: expect.stringMatching(/^bounds: 1\d\d.* is within the bounds 0 to 200$/) as string });
    expect(ask(fallen, { low: 0, high: 200 }).status).toBe('normal');
  });

  it('keeps the detectors on the side without a bound', () => {
    expect(ask(risen, { high: 200 }).status).toBe('normal');
    expect(ask(fallen, { high: 200 }).status).toBe('anomalous');
    expect(ask(fallen, { low: 0 }).status).toBe('normal');
    expect(ask(risen, { low: 0 }).status).toBe('anomalous');
  });

  it('is nothing beyond a bound: that is anomalous whatever the detectors say, with all their votes', () => {
    const verdict = ask(quiet, { low: 0, high: 90 });
    expect(verdict).toMatchObject({ status: 'anomalous', score: 100, expected: { low: 0, high: 90 }, explanation: expect.stringContaining('beyond the bounds 0 to 90') as string });
    if (verdict.status === 'anomalous') expect(Object.keys(verdict.votes)).toEqual(namesOfNine);
    expect(ask(repeat(95, 200), { high: 90 })).toMatchObject({ status: 'anomalous', score: 100 });
    expect(ask(repeat(5, 200), { high: 90 })).toEqual({ status: 'skipped', reason: 'boring' });
    expect(ask(repeat(95, 200), { high: 90 }, { now: end + 501 })).toEqual({ status: 'skipped', reason: 'stale' });
  });
});
