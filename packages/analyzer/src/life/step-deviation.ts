import type { AnomalyFinding, Range, Verdict } from '@skylark/core';
import { anomalyId } from './anomaly-id.js';
import { cadenceOf } from './cadence.js';
import { saidSince } from './said-since.js';
import { type LifeSettings, lifeTimes } from './life-settings.js';
import { type Step, unchanged } from './metric-memory.js';
import type { Observation } from './observation.js';

type Anomalous = Extract<Verdict, { status: 'anomalous' }>;

/**
 * One slot in the life of a metric's deviation.
 *
 * Opens when the ensemble says anomalous and `opens` allows it (`goesOn`: it would continue one that was closed a short while ago), keeps the
 * highest score with all that was said then, closes once the newest datapoint flagged is `quietSeconds` old, with that datapoint's time as its end: start, peak and end are all times of flagged datapoints.
 * Flagged again within `reopenSeconds` of the end, it goes on under its id. A metric that falls silent goes quiet like any other: its
 * deviation ends with its last flagged datapoint, and what follows is a finding of kind `stopped`.
 */
export function stepDeviation(previous: AnomalyFinding | null, observation: Observation, settings: LifeSettings, opens: (verdict: Anomalous, goesOn: boolean) => boolean): Step {
  const { verdict, series, now } = observation;
  const at = series.timestamps.at(-1);
  if (verdict?.status !== 'anomalous' || at === undefined) return closeWhenQuiet(previous, observation, settings);
  if (previous && at <= previous.lastFlagged) return unchanged(previous);
  const goesOn = previous !== null && at - previous.lastFlagged <= patience(previous, observation, settings);
  if (goesOn && previous.state === 'open') return changed(extend(previous, verdict, observation));
  if (!opens(verdict, goesOn)) return closeWhenQuiet(previous, observation, settings);
  if (goesOn) return changed(extend(previous, verdict, observation));
  const opened = open(verdict, observation, at);
  return previous?.state === 'open' ? { current: opened, changed: [close(previous, now), opened] } : changed(opened);
}

const changed = (finding: AnomalyFinding): Step => ({ current: finding, changed: [finding] });

/** How long after the last flagged datapoint another one belongs to the same anomaly. */
function patience(previous: AnomalyFinding, { series }: Observation, settings: LifeSettings): number {
  const { quietSeconds, reopenSeconds } = lifeTimes(settings, cadenceOf(series));
  return previous.state === 'open' ? Math.max(quietSeconds, reopenSeconds) : reopenSeconds;
}

function closeWhenQuiet(previous: AnomalyFinding | null, { series, now }: Observation, settings: LifeSettings): Step {
  if (previous?.state !== 'open') return unchanged(previous);
  const { quietSeconds } = lifeTimes(settings, cadenceOf(series));
  return now - previous.lastFlagged >= quietSeconds ? changed(close(previous, now)) : unchanged(previous);
}

const close = (finding: AnomalyFinding, now: number): AnomalyFinding => ({ ...finding, state: 'closed', end: finding.lastFlagged, updated: now });

function open(verdict: Anomalous, { metric, series, now }: Observation, at: number): AnomalyFinding {
  return {
    id: anomalyId(metric, 'deviation', at),
    metric,
    kind: 'deviation',
    state: 'open',
    start: at,
    end: null,
    ...peakOf(verdict, { peak: at, value: series.values.at(-1)!, start: at }),
    lastFlagged: at,
    updated: now,
  };
}

function extend(previous: AnomalyFinding, verdict: Anomalous, { series, now }: Observation): AnomalyFinding {
  const [at, value] = [series.timestamps.at(-1)!, series.values.at(-1)!];
  const peak = exceeds(previous, verdict, value) ? peakOf(verdict, { peak: at, value, start: previous.start }) : {};
  return { ...previous, ...peak, state: 'open', end: null, lastFlagged: at, updated: now };
}

/** A higher score is a new peak; at the same score (votes are coarse), a value further out of what the old peak expected. */
function exceeds({ score, expected, value: best }: AnomalyFinding, verdict: Anomalous, value: number): boolean {
  return verdict.score > score || (verdict.score === score && excursion(value, expected) > excursion(best, expected));
}

function excursion(value: number, expected: Range | null): number {
  return expected === null ? 0 : Math.max(0, expected.low - value, value - expected.high);
}

function peakOf({ score, expected, votes, detectors, explanation }: Anomalous, { peak, value, start }: Pick<AnomalyFinding, 'peak' | 'value' | 'start'>) {
  return { peak, value, score, expected, votes, detectors, explanation: saidSince(explanation, start) };
}
