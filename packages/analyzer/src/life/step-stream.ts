import type { AnomalyFinding, Series, Verdict } from '@skylark/core';
import { considerTrigger } from './consider-trigger.js';
import type { LifeSettings } from './life-settings.js';
import type { MetricMemory } from './metric-memory.js';
import type { Outage } from './outage.js';
import { stepDeviation } from './step-deviation.js';
import type { MetricStep } from './step-metric.js';
import { stepStopped } from './step-stopped.js';
import { windowOf } from './window.js';

/** A datapoint of a stream that is no ordinary one. */
export interface Flagged {
  readonly timestamp: number;
  readonly value: number;
  /** True: by itself it would open an anomaly. False: it only says that an open one is not over. */
  readonly opens: boolean;
  readonly verdict: Extract<Verdict, { status: 'anomalous' }>;
}

/** What one slot saw of one metric that is judged datapoint by datapoint. */
export interface StreamObservation {
  readonly metric: string;
  /** The slot's time, seconds. */
  readonly now: number;
  /** Datapoints up to `now`, reaching back `windowSeconds` before the first flagged one and before the last of all: what cadence is told from. */
  readonly series: Series;
  readonly windowSeconds: number;
  /** Those flagged since the slot before, ascending. */
  readonly flagged: readonly Flagged[];
  readonly outages: readonly Outage[];
}

/**
 * One slot in the life of a metric that is judged datapoint by datapoint: the same rules as `stepMetric`, but each flagged datapoint counts, in order
 * of time, and the highest score decides. Start, peak and end are those datapoints' times. Pure; slots are taken in ascending order, and a slot
 * that saw several slots' datapoints at once (after a pause) comes to the same findings but for `updated`.
 */
export function stepStream(memory: MetricMemory, observation: StreamObservation, settings: LifeSettings): MetricStep {
  const { metric, now, series, windowSeconds, flagged, outages } = observation;
  let { deviation, triggers } = memory;
  const changed: AnomalyFinding[] = [];
  const keep = (step: { readonly current: AnomalyFinding | null; readonly changed: readonly AnomalyFinding[] }): void => {
    deviation = step.current;
    for (const finding of step.changed) latest(changed, finding);
  };
  for (const { timestamp, opens, verdict } of flagged) {
    const seen = { metric, now, series: windowOf(series, timestamp - windowSeconds, timestamp), verdict, outages };
    const second = settings.secondOrder && opens ? considerTrigger({ ...memory, triggers }, seen) : { triggers, pass: true };
    triggers = second.triggers;
    keep(stepDeviation(deviation, seen, settings, (_, goesOn) => goesOn || (opens && second.pass)));
  }
  const present = presentWindow(series, now, windowSeconds);
  // Of a metric that comes with a delay the newest datapoint may be long past and not be over.
  const isOdd = flagged.length > 0 && flagged.at(-1)!.timestamp === present.timestamps.at(-1);
  if (!isOdd) keep(stepDeviation(deviation, { metric, now, series: present, verdict: null, outages }, settings, () => false));
  const stopped = stepStopped(memory.stopped, { metric, now, series: present, verdict: null, outages }, settings);
  changed.push(...stopped.changed);
  if (changed.length === 0 && triggers === memory.triggers) return { memory, changed };
  return { memory: { deviation, stopped: stopped.current, triggers }, changed };
}

/** The window that ends with the newest datapoint: what it says of cadence does not depend on when one looks. Empty once that is older than a window. */
function presentWindow(series: Series, now: number, windowSeconds: number): Series {
  const upToNow = windowOf(series, -Infinity, now);
  const last = upToNow.timestamps.at(-1) ?? -Infinity;
  return windowOf(upToNow, last < now - windowSeconds ? Infinity : last - windowSeconds, now);
}

/** Of one finding only what it has become in this slot. */
function latest(changed: AnomalyFinding[], finding: AnomalyFinding): void {
  const known = changed.findIndex(({ id }) => id === finding.id);
  if (known < 0) changed.push(finding);
  else changed[known] = finding;
}
