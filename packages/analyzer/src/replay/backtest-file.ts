import { defaultDetector, judge, streamVerdict } from '@skylark/algorithms';
import type { AnomalyFinding } from '@skylark/core';
import { type AnalyzerSettings, type CompiledSettings, compileSettings } from '../analyzer-settings.js';
import { leastStoppedSeconds } from '../life/life-settings.js';
import { emptyMemory, type MetricMemory } from '../life/metric-memory.js';
import { type MetricStep, stepMetric } from '../life/step-metric.js';
import { type Flagged, stepStream } from '../life/step-stream.js';
import { closedAt } from './closed-at.js';
import { createGrowingSeries, type GrowingSeries } from './growing-series.js';

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

/** What one row adds: its score, what is remembered from then on, and the findings that are not as before. */
type RowStep = MetricStep & { readonly score: number };

type RowJudge = (row: { readonly now: number; readonly value: number }, growing: GrowingSeries, memory: MetricMemory) => RowStep;

/**
 * Judges a file as if its rows came in one by one: from a cold start, each row at its own time, with what stood in the rows before it and
 * nothing else.
 *
 * Under the nine, a row that repeats a timestamp replaces the value, and one that goes back in time is judged as of its own time. Under `default`,
 * datapoint by datapoint, such a row scores 0: the detector takes times in ascending order only. Its scores are of what is new or worse.
 *
 * A pause longer than the metric's own becomes a finding of kind `stopped`, as live; scores know nothing of it. Rules do not apply: a file has no metric's name. Cutting the file short changes no score before the cut.
 *
 * @example backtestFile({ timestamps: [0, 300, 600], values: [1, NaN, 2] }, defaultAnalyzerSettings).scores.length // 3
 */
export function backtestFile(rows: BacktestRows, settings: AnalyzerSettings): BacktestAnswer {
  const compiled = compileSettings({ ...settings, rules: [] });
  const judgeRow = compiled.isStreamed('') ? streamJudge(compiled) : windowJudge(settings, compiled);
  const { length } = rows.timestamps;
  const growing = createGrowingSeries('', length);
  const scores = new Float64Array(length);
  const found = new Map<string, AnomalyFinding>();
  let memory = emptyMemory;
  let newest = -Infinity;
  const keep = (step: MetricStep): void => {
    memory = step.memory;
    for (const finding of step.changed) found.set(finding.id, finding);
  };
  for (let row = 0; row < length; row += 1) {
    const [now, value] = [rows.timestamps[row]!, rows.values[row]!];
    if (Number.isNaN(value)) continue;
    if (now - newest > leastStoppedSeconds) keep(silence(now, growing, memory, compiled));
    growing.add(now, value);
    const step = judgeRow({ now, value }, growing, memory);
    scores[row] = step.score;
    keep(step);
    newest = Math.max(newest, now);
  }
  return { scores, anomalies: Array.from(found.values(), (finding) => closedAt(finding, finding.lastFlagged)) };
}

/** What somebody would have seen of a pause in the moment before it ended. */
function silence(end: number, growing: GrowingSeries, memory: MetricMemory, { windowSeconds, life }: CompiledSettings): MetricStep {
  const now = end - 1e-3;
  return stepMetric(memory, { metric: '', now, series: growing.window(now - windowSeconds, now), verdict: null, outages: [] }, life);
}

function windowJudge(settings: AnalyzerSettings, { windowSeconds, life }: CompiledSettings): RowJudge {
  return ({ now }, growing, memory) => {
    const series = growing.window(now - windowSeconds, now);
    const verdict = judge(series, now, settings.ensemble, { allVotes: true });
    return { score: verdict.status === 'skipped' ? 0 : verdict.score, ...stepMetric(memory, { metric: '', now, series, verdict, outages: [] }, life) };
  };
}

function streamJudge({ windowSeconds, life, streamSettings, ensembleOf }: CompiledSettings): RowJudge {
  const state = new Float64Array(defaultDetector.stateLength);
  const rules = ensembleOf('');
  let newest = -Infinity;
  return ({ now, value }, growing, memory) => {
    if (now <= newest) return { score: 0, memory, changed: [] };
    newest = now;
    const score = defaultDetector.step(state, now, value, streamSettings);
    const flagged: Flagged[] = [];
    const opens = score >= life.openAt;
    if (opens || (memory.deviation !== null && defaultDetector.level(state) >= life.openAt)) {
      const verdict = streamVerdict(defaultDetector.report(state, streamSettings), { timestamp: now, value }, rules);
      if (verdict.status === 'anomalous') flagged.push({ timestamp: now, value, opens, verdict });
    }
    const series = growing.window(now - 2 * windowSeconds, now);
    return { score, ...stepStream(memory, { metric: '', now, series, windowSeconds, flagged, outages: [] }, life) };
  };
}
