import type { AnomalyFinding, Series } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLifeSettings } from './life-settings.js';
import { emptyMemory } from './metric-memory.js';
import { type Flagged, stepStream } from './step-stream.js';
import { windowOf } from './window.js';

const t0 = 28_000_000 * 60;
const windowSeconds = 86_400;

const flagged = (timestamp: number, score: number, opens = score >= 25): Flagged => ({
  timestamp, value: score, opens, verdict: { status: 'anomalous', score, votes: { a: true }, detectors: [], expected: { low: 0, high: 1 }, explanation: `score ${score}` },
});
const seriesOf = (timestamps: readonly number[]): Series => ({ metric: 'm', timestamps: Float64Array.from(timestamps), values: Float64Array.from(timestamps, () => 1) });
const steady = (until: number): Series => seriesOf(Array.from({ length: (until - t0 + 3600) / 60 + 1 }, (_, i) => t0 - 3600 + 60 * i));

/** What became of each finding, as slots at these times saw it. */
function lived(series: Series, all: readonly Flagged[], slots: readonly number[]): Map<string, AnomalyFinding> {
  const found = new Map<string, AnomalyFinding>();
  let [memory, before] = [emptyMemory, -Infinity];
  for (const now of slots) {
    const news = all.filter(({ timestamp }) => timestamp > before && timestamp <= now);
    const step = stepStream(memory, { metric: 'm', now, series: windowOf(series, -Infinity, now), windowSeconds, flagged: news, outages: [] }, defaultLifeSettings);
    memory = step.memory;
    before = now;
    for (const finding of step.changed) found.set(finding.id, finding);
  }
  return found;
}

const every = (count: number, seconds = 60): number[] => Array.from({ length: count }, (_, i) => t0 + (i + 1) * seconds);

describe('the life of what a stream flags', () => {
  it('begins with the first datapoint that opens, peaks with the highest score, ends with the last flagged', () => {
    const odd = [flagged(t0 + 60, 30), flagged(t0 + 120, 80), flagged(t0 + 180, 10), flagged(t0 + 240, 0)];
    const [finding, ...others] = lived(steady(t0 + 1200), odd, every(20)).values();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ state: 'closed', start: t0 + 60, peak: t0 + 120, score: 80, end: t0 + 240, explanation: expect.stringMatching(/^score 80; since .* UTC\.$/) as string });
  });

  it('is the same when one slot sees a minute of datapoints with a peak in the middle', () => {
    const odd = [30, 90, 40, 0, 0, 0].map((score, i) => flagged(t0 + 10 * (i + 1), score));
    const [finding] = lived(seriesOf(Array.from({ length: 200 }, (_, i) => t0 - 1000 + 10 * i)), odd, [t0 + 60]).values();
    expect(finding).toMatchObject({ state: 'open', start: t0 + 10, peak: t0 + 20, score: 90, lastFlagged: t0 + 60 });
  });

  it('does not begin with a level alone, but goes on with one, for a while after it was quiet too', () => {
    expect(lived(steady(t0 + 1200), [flagged(t0 + 60, 0), flagged(t0 + 120, 0)], every(20)).size).toBe(0);
    const resumed = lived(steady(t0 + 3600), [flagged(t0 + 60, 50), flagged(t0 + 60 + 600, 0)], every(60));
    expect([...resumed.values()]).toMatchObject([{ state: 'closed', start: t0 + 60, end: t0 + 660 }]);
    const apart = lived(steady(t0 + 3600), [flagged(t0 + 60, 50), flagged(t0 + 60 + 1200, 0)], every(60));
    expect([...apart.values()]).toMatchObject([{ state: 'closed', end: t0 + 60 }]);
  });

  it('comes to the same findings whichever slots were judged, so long as the last one is', () => {
    const minutes = 90;
    const odd = fc.array(fc.record({ minute: fc.integer({ min: 1, max: minutes - 20 }), score: fc.constantFrom(0, 0, 10, 26, 40, 75, 100) }), { maxLength: 25 });
    let findings = 0;
    fc.assert(fc.property(odd, fc.array(fc.boolean(), { minLength: minutes, maxLength: minutes }), (some, judged) => {
      const all = [...new Map(some.map(({ minute, score }) => [minute, flagged(t0 + minute * 60, score)])).values()].sort((a, b) => a.timestamp - b.timestamp);
      const series = steady(t0 + minutes * 60);
      const slots = every(minutes);
      const told = (found: Map<string, AnomalyFinding>) => Array.from(found.values(), ({ updated: _updated, ...rest }) => rest);
      const whole = lived(series, all, slots);
      expect(told(lived(series, all, slots.filter((_, i) => judged[i] || i === minutes - 1)))).toEqual(told(whole));
      findings += whole.size;
    }), { numRuns: 300 });
    expect(findings).toBeGreaterThan(100);
  });

  it('ends, and a silence begins, when the metric stops', () => {
    const series = steady(t0 + 120);
    const found = [...lived(series, [flagged(t0 + 60, 60), flagged(t0 + 120, 0)], every(30)).values()];
    expect(found).toMatchObject([{ kind: 'deviation', state: 'closed', end: t0 + 120 }, { kind: 'stopped', state: 'open', start: t0 + 120 }]);
  });
});
