import { judge } from '@skylark/algorithms';
import type { AnomalyFinding, Series } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSettings, defaultAnalyzerSettings } from '../analyzer-settings.js';
import { emptyMemory } from '../life/metric-memory.js';
import { stepMetric } from '../life/step-metric.js';
import { windowOf } from '../life/window.js';
import { replaySeries, type SeriesReplay } from './replay-series.js';

const settings = compileSettings({ ...defaultAnalyzerSettings, ensemble: { ...defaultAnalyzerSettings.ensemble, fullDuration: 7200 } });
const t0 = 1_700_000_000;

function replayed(series: Series, from: number, until: number): SeriesReplay {
  const steps = replaySeries(series, { from, until }, { settings, outages: [] });
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** The obviously right way: every slot, none passed over. */
function slotBySlot(series: Series, from: number, until: number): AnomalyFinding[] {
  const found = new Map<string, AnomalyFinding>();
  let [memory, judgedUntil] = [emptyMemory, NaN];
  for (let slot = Math.ceil(from / 60); slot * 60 < until; slot += 1) {
    const window = windowOf(series, slot * 60 - settings.windowSeconds, slot * 60);
    const last = window.timestamps.at(-1) ?? NaN;
    const verdict = Number.isNaN(last) || last === judgedUntil ? null : judge(window, slot * 60, settings.ensembleOf('m'));
    judgedUntil = last;
    const step = stepMetric(memory, { metric: 'm', now: slot * 60, series: window, verdict, outages: [] }, settings.life);
    memory = step.memory;
    for (const finding of step.changed) found.set(finding.id, finding);
  }
  return [...found.values()];
}

/** Stretches of a metric: a pause, then a number of values at a resolution around a level. */
const stretch = fc.record({ pause: fc.integer({ min: 1, max: 9000 }), every: fc.constantFrom(7, 60, 300, 1800), count: fc.integer({ min: 1, max: 40 }), level: fc.constantFrom(10, 10, 10, 11, 400) });

const series = fc.array(stretch, { minLength: 1, maxLength: 6 }).map((stretches): Series => {
  const [timestamps, values]: [number[], number[]] = [[], []];
  let at = t0;
  for (const { pause, every, count, level } of stretches) {
    at += pause;
    for (let i = 0; i < count; i += 1, at += every) {
      timestamps.push(at);
      values.push(level + ((i * 7919) % 13) / 10);
    }
  }
  return { metric: 'm', timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
});

describe('replaySeries', () => {
  it('finds exactly what judging every slot finds, though it passes over slots in which nothing can change', () => {
    let found = 0;
    fc.assert(fc.property(series, fc.integer({ min: 0, max: 20_000 }), (one, length) => {
      const until = one.timestamps.at(-1)! + length;
      const findings = replayed(one, t0, until).found;
      expect(findings).toEqual(slotBySlot(one, t0, until));
      found += findings.length;
    }), { numRuns: 200 });
    expect(found).toBeGreaterThan(50);
  });

  it('looks at one slot per datapoint of a quiet slow metric, not at every minute', () => {
    const timestamps = Float64Array.from({ length: 40 }, (_, i) => t0 + 300 * i);
    const { slots } = replayed({ metric: 'm', timestamps, values: new Float64Array(40).map((_, i) => i % 3) }, t0, t0 + 300 * 40);
    expect(slots).toBeLessThanOrEqual(41);
  });
});
