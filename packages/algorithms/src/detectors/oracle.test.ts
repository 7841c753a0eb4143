import type { Verdict } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenNine } from '../../oracle/nine-golden.js';
import { naiveNine } from '../../oracle/naive-nine.js';
import { defaultEnsembleSettings } from './ensemble/ensemble-settings.js';
import type { EnsembleSettings } from './ensemble/ensemble-settings.js';
import { judge } from './ensemble/judge.js';
import { detectorNames, nine } from './registry.js';

/** Squares of anything smaller vanish, and with them any comparison of definitions. */
const tiniest = 1e-100;
/** A day at some resolution, or less, that ends at `now`; mostly of one kind, with something odd at the end or not. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1e6, -1e6, 1e-9) },
);
const ending = fc.oneof(fc.constant([]), fc.tuple(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.integer({ min: 1, max: 80 })).map(([height, count]) => Array<number>(count).fill(height)));
const curve = fc.oneof(fc.array(value, { minLength: 1, maxLength: 60 }), fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 60, maxLength: 700 }));
const trend = fc.constantFrom(0, 0, 0.01, -3, 1000);
const input = fc
  .record({ curve, ending, trend, resolution: fc.constantFrom(1, 5, 10, 60, 300), origin: fc.constantFrom(1000, 1_700_000_000), fullDuration: fc.constantFrom(3600, 7200, 86_400) })
  .map(({ curve: start, ending: end, trend: slope, resolution, origin, fullDuration }) => {
    const values = Float64Array.from([...start, ...end], (one, i) => (Math.abs(one) < tiniest ? 0 : one) + slope * i);
    const timestamps = values.map((_, i) => origin + resolution * i);
    return { series: { metric: 'm', timestamps, values }, now: timestamps.at(-1)! + resolution / 2, fullDuration };
  });
const dialect = fc.constantFrom<'etsy' | 'fixed'>('etsy', 'fixed');
const judged = (verdict: Verdict): Exclude<Verdict, { status: 'skipped' }> => {
  if (verdict.status === 'skipped') throw new Error(`skipped: ${verdict.reason}`);
  return verdict;
};

/** No series is boring to these. */
const attentive: EnsembleSettings = { ...defaultEnsembleSettings, boredomSetSize: 0 };

describe('the nine', () => {
  it('vote as their definitions say, on random series', () => {
    let fired = 0;
    fc.assert(
      fc.property(input, dialect, ({ series, now, fullDuration }, spoken) => {
        const settings = { ...attentive, fullDuration, dialect: spoken };
        const { votes } = judged(judge(series, now, settings, { allVotes: true }));
        const naive = naiveNine(series, now, settings).votes;
        for (const { name } of nine) if (naive[name]!.margin > 1e-9) expect(votes[name], name).toBe(naive[name]!.vote);
        fired += Object.values(votes).filter((vote) => vote === true).length;
      }),
      { numRuns: 1500 },
    );
    expect(fired).toBeGreaterThan(200);
  });

  it('vote as their definitions say, on the golden series', () => {
    for (const { timestamps, values, now, id } of goldenNine()) {
      const series = { metric: id, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
      const { votes } = judged(judge(series, now, { ...attentive, stalePeriod: Infinity }, { allVotes: true }));
      const naive = naiveNine(series, now, attentive).votes;
      for (const { name } of nine) if (naive[name]!.margin > 1e-9) expect(votes[name], `${id} ${name}`).toBe(naive[name]!.vote);
    }
  });
});

describe('the early stop', () => {
  it('never changes a verdict, for every consensus, dialect, rule and choice of detectors', () => {
    const statuses = { anomalous: 0, normal: 0, skipped: 0 };
    const rule = fc.record({
      consensus: fc.integer({ min: 1, max: 10 }),
      detectors: fc.option(fc.subarray([...detectorNames])),
      direction: fc.constantFrom('both', 'up', 'down'),
      minAbsolute: fc.constantFrom(0, 0, 50),
      minRelative: fc.constantFrom(0, 0, 0.5),
      low: fc.option(fc.constantFrom(-50, 0), { freq: 2 }),
      high: fc.option(fc.constantFrom(2, 50), { freq: 2 }),
    });
    fc.assert(
      fc.property(input, dialect, rule, ({ series, now, fullDuration }, spoken, chosen) => {
        const settings = { ...attentive, fullDuration, dialect: spoken, ...chosen };
        const full = judged(judge(series, now, settings, { allVotes: true }));
        const early = judged(judge(series, now, settings));
        expect(early.status).toBe(full.status);
        for (const [name, vote] of Object.entries(early.votes)) expect(full.votes[name], name).toBe(vote);
        if (early.status === 'anomalous') expect(early).toEqual(full);
        statuses[early.status] += 1;
      }),
      { numRuns: 3000 },
    );
    expect(statuses.anomalous).toBeGreaterThan(100);
    expect(statuses.normal).toBeGreaterThan(100);
  });

  it('asks fewer detectors, cheap ones first', () => {
    const timestamps = Float64Array.from({ length: 1440 }, (_, i) => 1_700_000_000 + 60 * i);
    const series = { metric: 'm', timestamps, values: timestamps.map((_, i) => Math.sin(i * i)) };
    const { votes } = judged(judge(series, timestamps.at(-1)!, defaultEnsembleSettings));
    expect(Object.keys(votes)).toHaveLength(4);
    expect(votes).not.toHaveProperty('median_absolute_deviation');
  });
});
