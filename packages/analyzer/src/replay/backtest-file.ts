import { judge } from '@skylark/algorithms';
import type { AnomalyFinding } from '@skylark/core';
import { type AnalyzerSettings, compileSettings } from '../analyzer-settings.js';
import { emptyMemory } from '../life/metric-memory.js';
import { stepMetric } from '../life/step-metric.js';
import { closedAt } from './closed-at.js';
import { createGrowingSeries } from './growing-series.js';

/** The rows of a file as columns, in file order; timestamps in seconds, in any order. */
export interface BacktestRows {
  readonly timestamps: ArrayLike<number>;
  /** NaN: a blank cell. */
  readonly values: ArrayLike<number>;
}

export interface BacktestAnswer {
  /** One score per row, 0 to 100: the ensemble's at that row, all votes counted; 0 where the value is blank or the series was skipped. */
  readonly scores: Float64Array;
  /** In order of start. One that the file's end cut off is closed with its last flagged row. */
  readonly anomalies: readonly AnomalyFinding[];
}

/**
 * Judges a file as if its rows came in one by one: from a cold start, each row at its own time, with what stood in the rows before it and
 * nothing else. A row that repeats a timestamp replaces the value; one that goes back in time is judged as of its own time.
 *
 * Rules do not apply: a file has no metric's name. Cutting the file short changes no score before the cut.
 *
 * @example backtestFile({ timestamps: [0, 300, 600], values: [1, NaN, 2] }, defaultAnalyzerSettings).scores.length // 3
 */
export function backtestFile(rows: BacktestRows, settings: AnalyzerSettings): BacktestAnswer {
  const { windowSeconds, life } = compileSettings({ ...settings, rules: [] });
  const { length } = rows.timestamps;
  const growing = createGrowingSeries('', length);
  const scores = new Float64Array(length);
  const found = new Map<string, AnomalyFinding>();
  let memory = emptyMemory;
  for (let row = 0; row < length; row += 1) {
    const [now, value] = [rows.timestamps[row]!, rows.values[row]!];
    if (Number.isNaN(value)) continue;
    growing.add(now, value);
    const series = growing.window(now - windowSeconds, now);
    const verdict = judge(series, now, settings.ensemble, { allVotes: true });
    scores[row] = verdict.status === 'skipped' ? 0 : verdict.score;
    const step = stepMetric(memory, { metric: '', now, series, verdict, outages: [] }, life);
    memory = step.memory;
    for (const finding of step.changed) found.set(finding.id, finding);
  }
  return { scores, anomalies: Array.from(found.values(), (finding) => closedAt(finding, finding.lastFlagged)) };
}
