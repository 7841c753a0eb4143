import type { AnomalyFinding, Series, Verdict } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anomalyId } from './anomaly-id.js';
import { defaultLifeSettings, type LifeSettings } from './life-settings.js';
import { emptyMemory, type MetricMemory } from './metric-memory.js';
import type { Observation } from './observation.js';
import { stepMetric } from './step-metric.js';

const t0 = 1_700_000_000 - (1_700_000_000 % 60);

/** A series of one datapoint every `every` seconds, the newest at `last`. For tests. */
function seriesEvery(every: number, last: number, count = 20, value = 1): Series {
  const timestamps = Float64Array.from({ length: count }, (_, i) => last - (count - 1 - i) * every);
  return { metric: 'm', timestamps, values: new Float64Array(count).fill(value) };
}

function anomalous(score = 70, explanation = `score ${score}`): Verdict {
  return { status: 'anomalous', score, votes: { grubbs: true }, detectors: [], expected: { low: 0, high: 10 }, explanation };
}

const normal: Verdict = { status: 'normal', score: 0, votes: {}, detectors: [], expected: null, explanation: 'quiet' };

/** What a slot at `now` sees of a metric that has a datapoint every 60 s, at `now` too. */
function seen(now: number, verdict: Verdict | null, overrides: Partial<Observation> & { value?: number } = {}): Observation {
  const { value = 1, ...rest } = overrides;
  return { metric: 'm', now, verdict, series: seriesEvery(60, now, 20, value), outages: [], ...rest };
}

/** Steps through observations; answers the memory after the last and everything that changed on the way. */
function live(observations: readonly Observation[], settings: LifeSettings = defaultLifeSettings, memory: MetricMemory = emptyMemory) {
  const changed: AnomalyFinding[] = [];
  for (const observation of observations) {
    const step = stepMetric(memory, observation, settings);
    memory = step.memory;
    changed.push(...step.changed);
  }
  return { memory, changed, deviation: memory.deviation, stopped: memory.stopped };
}

const quietFor = (from: number, minutes: number): Observation[] => Array.from({ length: minutes }, (_, i) => seen(from + 60 * (i + 1), normal));

describe('the life of a deviation', () => {
  it('opens with the first datapoint judged anomalous, under an id that follows from metric, kind and start', () => {
    const { deviation } = live([seen(t0, normal), seen(t0 + 60, anomalous(70))]);
    expect(deviation).toMatchObject({ state: 'open', start: t0 + 60, end: null, peak: t0 + 60, score: 70, lastFlagged: t0 + 60, id: anomalyId('m', 'deviation', t0 + 60) });
  });

  it('starts at the time of the datapoint, not of the slot that saw it', () => {
    expect(live([seen(t0, anomalous(), { series: seriesEvery(60, t0 - 7) })]).deviation?.start).toBe(t0 - 7);
  });

  it('keeps what was said at the highest score', () => {
    const { deviation } = live([seen(t0, anomalous(70), { value: 20 }), seen(t0 + 60, anomalous(90), { value: 40 }), seen(t0 + 120, anomalous(80), { value: 60 })]);
    expect(deviation).toMatchObject({ start: t0, peak: t0 + 60, score: 90, value: 40, explanation: 'score 90; since 2023-11-14 22:13 UTC.', lastFlagged: t0 + 120 });
  });

  it('takes the value further out as the peak where scores are equal', () => {
    const { deviation } = live([seen(t0, anomalous(70), { value: 20 }), seen(t0 + 60, anomalous(70), { value: 30 }), seen(t0 + 120, anomalous(70), { value: 25 })]);
    expect(deviation).toMatchObject({ peak: t0 + 60, value: 30 });
  });

  it('closes after five quiet minutes, with the last flagged datapoint as its end', () => {
    const opened = [seen(t0, anomalous()), seen(t0 + 60, anomalous())];
    expect(live([...opened, ...quietFor(t0 + 60, 4)]).deviation?.state).toBe('open');
    expect(live([...opened, ...quietFor(t0 + 60, 5)]).deviation).toMatchObject({ state: 'closed', end: t0 + 60, updated: t0 + 360 });
  });

  it('counts quiet time by the resolution of a slow metric', () => {
    const hourly = (now: number, verdict: Observation['verdict']): Observation => seen(now, verdict, { series: seriesEvery(3600, now) });
    const opened = live([hourly(t0, anomalous())]);
    expect(live([hourly(t0 + 7200, normal)], defaultLifeSettings, opened.memory).deviation?.state).toBe('open');
    expect(live([hourly(t0 + 10_800, normal)], defaultLifeSettings, opened.memory).deviation?.state).toBe('closed');
  });

  it('goes on under its id when flagged again within fifteen minutes of its end', () => {
    const { deviation, changed } = live([seen(t0, anomalous()), ...quietFor(t0, 14), seen(t0 + 900, anomalous(80))]);
    expect(deviation).toMatchObject({ id: anomalyId('m', 'deviation', t0), state: 'open', start: t0, end: null, score: 80 });
    expect(changed.map(({ state }) => state)).toEqual(['open', 'closed', 'open']);
  });

  it('is another anomaly when flagged later than that', () => {
    const { deviation } = live([seen(t0, anomalous()), ...quietFor(t0, 15), seen(t0 + 960, anomalous())]);
    expect(deviation).toMatchObject({ id: anomalyId('m', 'deviation', t0 + 960), start: t0 + 960 });
  });

  it('closes the old one and opens another when slots were missed for longer than it would have lasted', () => {
    const { changed } = live([seen(t0, anomalous()), seen(t0 + 7200, anomalous())]);
    expect(changed.map(({ state, start, end }) => ({ state, start, end }))).toEqual([
      { state: 'open', start: t0, end: null },
      { state: 'closed', start: t0, end: t0 },
      { state: 'open', start: t0 + 7200, end: null },
    ]);
  });

  it('changes nothing when the same datapoint is judged again', () => {
    const { memory } = live([seen(t0, anomalous())]);
    const again = stepMetric(memory, seen(t0 + 60, anomalous(90), { series: seriesEvery(60, t0) }), defaultLifeSettings);
    expect(again).toEqual({ memory, changed: [] });
  });

  it('ends with its last flagged datapoint when the metric falls silent, and the silence is a finding of its own', () => {
    const silent = Array.from({ length: 10 }, (_, i) => seen(t0 + 60 * (i + 1), null, { series: seriesEvery(60, t0) }));
    const { deviation, stopped } = live([seen(t0, anomalous()), ...silent]);
    expect(deviation).toMatchObject({ state: 'closed', end: t0 });
    expect(stopped).toMatchObject({ state: 'open', start: t0 });
  });

  it('opens at openAt only, but goes on below it', () => {
    const settings = { ...defaultLifeSettings, openAt: 50 };
    expect(live([seen(t0, anomalous(49))], settings).deviation).toBeNull();
    expect(live([seen(t0, anomalous(50)), seen(t0 + 60, anomalous(30))], settings).deviation?.lastFlagged).toBe(t0 + 60);
  });

  it('with second order opens on the first trigger and not on the next usual one', () => {
    const settings = { ...defaultLifeSettings, secondOrder: true };
    const first = live([seen(t0, anomalous()), seen(t0 + 60, anomalous(), { value: 2 })], settings);
    expect(first.deviation).toMatchObject({ state: 'open', lastFlagged: t0 + 60 });
    const later = live([...quietFor(t0 + 60, 60), seen(t0 + 3720, anomalous(), { value: 3 })], settings, first.memory);
    expect(later.deviation).toMatchObject({ state: 'closed', start: t0 });
  });
});

describe('the life of a silence', () => {
  const silentAt = (now: number, overrides: Partial<Observation> = {}): Observation => seen(now, null, { series: seriesEvery(60, t0), ...overrides });

  it('opens once the metric is silent for more than 500 s, at its last datapoint', () => {
    expect(live([silentAt(t0 + 500)]).stopped).toBeNull();
    expect(live([silentAt(t0 + 501)]).stopped).toMatchObject({ kind: 'stopped', state: 'open', start: t0, peak: t0, end: null, score: 50, votes: {}, detectors: [], expected: null });
  });

  it.each([
    ['a metric every five minutes after 25 minutes', 300, 1500],
    ['an hourly metric after five hours', 3600, 18_000],
  ])('opens for %s', (_, every, limit) => {
    const at = (now: number): Observation => silentAt(now, { series: seriesEvery(every, t0) });
    expect(live([at(t0 + limit)]).stopped).toBeNull();
    expect(live([at(t0 + limit + 1)]).stopped?.start).toBe(t0);
  });

  it('takes a time somebody set as it is', () => {
    expect(live([silentAt(t0 + 121)], { ...defaultLifeSettings, stoppedSeconds: 120 }).stopped?.state).toBe('open');
  });

  it('is not seen in fewer than ten datapoints, which have no resolution', () => {
    expect(live([silentAt(t0 + 5000, { series: seriesEvery(60, t0, 9) })]).stopped).toBeNull();
    expect(live([silentAt(t0 + 5000, { series: seriesEvery(60, t0, 10) })]).stopped).not.toBeNull();
  });

  it('is not seen in the pauses of a batch job', () => {
    const timestamps = Float64Array.from({ length: 60 }, (_, i) => t0 - 4 * 3600 + Math.floor(i / 12) * 3600 + (i % 12) * 60);
    const series = { metric: 'm', timestamps, values: new Float64Array(60) };
    const last = timestamps.at(-1)!;
    expect(live([silentAt(last + 3000, { series })]).stopped).toBeNull();
    expect(live([silentAt(last + 7200, { series })]).stopped?.start).toBe(last);
  });

  it('does not count the time in which Skylark itself took in nothing', () => {
    const outages = [{ from: t0 + 30, until: t0 + 7200 }];
    expect(live([silentAt(t0 + 7230, { outages })]).stopped).toBeNull();
    expect(live([silentAt(t0 + 7671, { outages })]).stopped?.state).toBe('open');
  });

  it('closes with the first datapoint that comes again', () => {
    const back = { metric: 'm', timestamps: Float64Array.of(...seriesEvery(60, t0).timestamps, t0 + 650, t0 + 655), values: new Float64Array(22) };
    expect(live([silentAt(t0 + 600), silentAt(t0 + 660, { series: back })]).stopped).toMatchObject({ state: 'closed', end: t0 + 650 });
  });

  it('closes when the metric has left the window', () => {
    const gone = { metric: 'm', timestamps: new Float64Array(0), values: new Float64Array(0) };
    expect(live([silentAt(t0 + 600), silentAt(t0 + 86_460, { series: gone })]).stopped).toMatchObject({ state: 'closed', end: t0 + 86_460 });
  });

  it('goes on under its id when silent again soon after', () => {
    const flickering = { metric: 'm', timestamps: Float64Array.of(...seriesEvery(60, t0).timestamps, t0 + 660), values: new Float64Array(21) };
    const { stopped } = live([silentAt(t0 + 600), silentAt(t0 + 660, { series: flickering }), silentAt(t0 + 1200, { series: flickering })]);
    expect(stopped).toMatchObject({ id: anomalyId('m', 'stopped', t0), state: 'open', start: t0, end: null, lastFlagged: t0 + 660 });
  });
});

describe('whatever a metric does', () => {
  /** A minute-by-minute life: what the ensemble says, or no datapoint. */
  const minutes = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(normal) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 100 }).map((score) => anomalous(score)) }, { weight: 3, arbitrary: fc.constant('silent' as const) }), { minLength: 1, maxLength: 120 });

  function observe(script: readonly (Observation['verdict'] | 'silent')[]): Observation[] {
    const timestamps: number[] = Array.from({ length: 12 }, (_, i) => t0 - 60 * (12 - i));
    return script.map((what, minute) => {
      const now = t0 + 60 * minute;
      if (what !== 'silent') timestamps.push(now);
      const series = { metric: 'm', timestamps: Float64Array.from(timestamps), values: new Float64Array(timestamps.length) };
      return seen(now, what === 'silent' ? null : what, { series });
    });
  }

  it('start <= peak <= lastFlagged and end, one open finding per kind, ids that never mean two starts, and no change without a difference', () => {
    fc.assert(fc.property(minutes, fc.boolean(), (script, secondOrder) => {
      const byId = new Map<string, AnomalyFinding>();
      for (const finding of live(observe(script), { ...defaultLifeSettings, secondOrder }).changed) {
        expect(finding.peak).toBeGreaterThanOrEqual(finding.start);
        expect(finding.end ?? Infinity).toBeGreaterThanOrEqual(finding.peak);
        expect(finding.lastFlagged).toBeGreaterThanOrEqual(finding.peak);
        expect(finding.state === 'open').toBe(finding.end === null);
        expect(byId.get(finding.id)?.start ?? finding.start).toBe(finding.start);
        expect(finding).not.toEqual(byId.get(finding.id));
        byId.set(finding.id, finding);
        expect([...byId.values()].filter(({ kind, state }) => kind === finding.kind && state === 'open').length).toBeLessThanOrEqual(1);
      }
    }));
  });

  it('a deviation is open exactly while its newest flagged datapoint is younger than five minutes', () => {
    fc.assert(fc.property(minutes, (script) => {
      const observations = observe(script);
      const { deviation } = live(observations, { ...defaultLifeSettings, quietSeconds: 300 });
      const flagged = observations.findLast(({ verdict }) => verdict?.status === 'anomalous');
      if (!flagged) return void expect(deviation).toBeNull();
      expect(deviation?.state).toBe(observations.at(-1)!.now - flagged.now < 300 ? 'open' : 'closed');
      expect(deviation?.lastFlagged).toBe(flagged.now);
    }));
  });

  it('findings of a kind follow one another without overlap', () => {
    fc.assert(fc.property(minutes, (script) => {
      const last = new Map(live(observe(script)).changed.map((finding) => [finding.id, finding]));
      for (const kind of ['deviation', 'stopped']) {
        const spans = [...last.values()].filter((finding) => finding.kind === kind).sort((a, b) => a.start - b.start);
        for (const [index, { start }] of spans.entries()) if (index > 0) expect(start).toBeGreaterThanOrEqual(spans[index - 1]!.end!);
      }
    }));
  });
});
