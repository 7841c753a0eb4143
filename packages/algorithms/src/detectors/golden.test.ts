import { describe, expect, it } from 'vitest';
import { goldenNine } from '../../oracle/nine-golden.js';
import { defaultEnsembleSettings } from './ensemble/ensemble-settings.js';
import { judge } from './ensemble/judge.js';

const cases = goldenNine().map(({ timestamps, values, id, ...rest }) => ({ ...rest, series: { metric: id, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) } }));
const reasons = { Stale: 'stale', Boring: 'boring', TooShort: 'too-short' };

describe('the golden series', () => {
  it('have enough votes of both kinds to tell', () => {
    const votes = cases.flatMap(({ expected }) => Object.values(expected.fixed.votes));
    expect(votes.filter((vote) => vote === true).length).toBeGreaterThan(20);
    expect(votes.filter((vote) => vote === false).length).toBeGreaterThan(20);
  });

  it.each(['etsy', 'fixed'] as const)('get every vote and verdict of the original, dialect %s', (dialect) => {
    for (const { series, now, expected, margin } of cases) {
      const verdict = judge(series, now, { ...defaultEnsembleSettings, dialect }, { allVotes: true });
      const { status, anomalous, votes } = expected[dialect];
      if (status !== 'ok') {
        expect(verdict, series.metric).toEqual({ status: 'skipped', reason: reasons[status] });
        continue;
      }
      if (verdict.status === 'skipped') throw new Error(`${series.metric} was skipped`);
      const near = (name: string): boolean => Math.abs(margin[name] ?? 1) < 1e-9;
      const differing = Object.keys(votes).filter((name) => verdict.votes[name] !== votes[name] && !near(name));
      expect(differing, series.metric).toEqual([]);
      expect(verdict.status, series.metric).toBe(anomalous ? 'anomalous' : 'normal');
      expect(Object.keys(verdict.votes)).toEqual(Object.keys(votes));
    }
  });

  it.each(['etsy', 'fixed'] as const)('get the same verdict with an early stop, dialect %s', (dialect) => {
    for (const { series, now, expected } of cases) {
      const { status, anomalous } = expected[dialect];
      expect(judge(series, now, { ...defaultEnsembleSettings, dialect }).status, series.metric).toBe(status !== 'ok' ? 'skipped' : anomalous ? 'anomalous' : 'normal');
    }
  });
});
