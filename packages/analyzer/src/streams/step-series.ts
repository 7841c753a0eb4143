import { defaultEnsembleSettings, isBeyondBounds, streamVerdict } from '@skylark/algorithms';
import type { Series } from '@skylark/core';
import type { Flagged } from '../life/step-stream.js';
import type { MetricRules, StreamContext } from './stream-context.js';

export interface StepRequest {
  /** The metric's state; stepped in place. */
  readonly state: Float64Array;
  /** Ascending; what the state knows already changes nothing. */
  readonly series: Pick<Series, 'timestamps' | 'values'>;
  /** Positions `[from, until)` of the series. */
  readonly from: number;
  readonly until: number;
  readonly rules: MetricRules;
  /** Whether an anomaly of the metric is open, or closed so recently that it may go on. */
  readonly following: boolean;
}

/**
 * Steps datapoints in order of time, and answers those that count: a score of at least `openAt` (or beyond the rules' bounds) opens an anomaly or is news of
 * it; while one is followed, a level of at least `openAt` says that it is not over. The one loop of rounds, backfill, replay and bands.
 */
export function stepSeries(request: StepRequest, context: StreamContext): Flagged[] {
  const { state, series: { timestamps, values }, from, until, rules } = request;
  const { detector, settings, openAt } = context;
  const flagged: Flagged[] = [];
  let { following } = request;
  for (let i = from; i < until; i += 1) {
    const [timestamp, value] = [timestamps[i]!, values[i]!];
    const score = detector.step(state, timestamp, value, settings);
    const opens = score >= openAt || (rules !== null && isBeyondBounds(rules, value));
    if (!opens && !(following && detector.level(state) >= openAt)) continue;
    const verdict = streamVerdict(detector.report(state, settings), { timestamp, value }, rules ?? defaultEnsembleSettings);
    if (verdict.status !== 'anomalous') continue;
    flagged.push({ timestamp, value, opens, verdict });
    following = true;
  }
  return flagged;
}
