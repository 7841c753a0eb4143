import type { AnomalyFinding } from '@skylark/core';
import { anomalyId } from './anomaly-id.js';
import { type Cadence, cadenceOf } from './cadence.js';
import { leastStoppedSeconds, type LifeSettings, lifeTimes } from './life-settings.js';
import { type Step, unchanged } from './metric-memory.js';
import type { Observation } from './observation.js';
import { timeOutside } from './outage.js';

/** Kept by convention: a silence has no ensemble to score it. */
export const stoppedScore = 50;

/**
 * One slot in the life of a metric's silence.
 *
 * Opens when the newest datapoint is older than `stoppedSeconds`, time of Skylark's own outages left out, and the metric has a cadence (10 datapoints
 * in its window). Start and peak are that datapoint. Closes with the first datapoint after it, or when the metric has left the window
 * (end = the slot). Silent again within `reopenSeconds` of its end, it goes on under its id.
 */
export function stepStopped(previous: AnomalyFinding | null, observation: Observation, settings: LifeSettings): Step {
  return previous?.state === 'open' ? closeWhenOver(previous, observation) : openWhenSilent(previous, observation, settings);
}

function closeWhenOver(previous: AnomalyFinding, { series, now }: Observation): Step {
  const { timestamps } = series;
  const last = timestamps.at(-1);
  if (last !== undefined && last <= previous.lastFlagged) return unchanged(previous);
  const end = last === undefined ? now : timestamps.find((timestamp) => timestamp > previous.lastFlagged)!;
  const closed: AnomalyFinding = { ...previous, state: 'closed', end, updated: now };
  return { current: closed, changed: [closed] };
}

function openWhenSilent(previous: AnomalyFinding | null, { metric, series, now, outages }: Observation, settings: LifeSettings): Step {
  const last = series.timestamps.at(-1);
  if (last === undefined) return unchanged(previous);
  const silent = timeOutside(outages, last, now);
  if (silent <= (settings.stoppedSeconds ?? leastStoppedSeconds)) return unchanged(previous);
  const cadence = cadenceOf(series);
  if (cadence === null) return unchanged(previous);
  const { stoppedSeconds, reopenSeconds } = lifeTimes(settings, cadence);
  if (silent <= stoppedSeconds) return unchanged(previous);
  const goesOn = previous?.end != null && last - previous.end <= reopenSeconds;
  const opened: AnomalyFinding = goesOn
    ? { ...previous, state: 'open', end: null, lastFlagged: last, updated: now }
    : { ...newSilence(metric, last, series.values.at(-1)!, cadence), updated: now };
  return { current: opened, changed: [opened] };
}

function newSilence(metric: string, last: number, value: number, { resolution }: Cadence): Omit<AnomalyFinding, 'updated'> {
  return {
    id: anomalyId(metric, 'stopped', last),
    metric,
    kind: 'stopped',
    state: 'open',
    start: last,
    end: null,
    peak: last,
    value,
    score: stoppedScore,
    expected: null,
    votes: {},
    detectors: [],
    explanation: `Stopped: no datapoint since ${utc(last)}, where one came every ${spoken(resolution)}.`,
    lastFlagged: last,
  };
}

const utc = (timestamp: number): string => `${new Date(timestamp * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function spoken(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  return seconds < 7200 ? `${Number((seconds / 60).toPrecision(2))} min` : `${Number((seconds / 3600).toPrecision(2))} h`;
}
