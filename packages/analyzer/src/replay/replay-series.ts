import { judge } from '@skylark/algorithms';
import type { AnomalyFinding, Series, Window } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import { leastStoppedSeconds } from '../life/life-settings.js';
import { emptyMemory, type MetricMemory } from '../life/metric-memory.js';
import type { Outage } from '../life/outage.js';
import { stepMetric } from '../life/step-metric.js';
import { isSameTail, type Tail, tailOf } from '../life/tail.js';
import { countBelow, windowOf } from '../life/window.js';

export interface SeriesReplay {
  /** Slots that were looked at; the others could change nothing. */
  readonly slots: number;
  /** As the span's end left them, in order of start. */
  readonly found: readonly AnomalyFinding[];
}

export interface ReplayContext {
  readonly settings: CompiledSettings;
  readonly outages: readonly Outage[];
}

/**
 * Judges a stored series slot by slot, as the rounds would have at the time; slots in `[from, until)`. `series` reaches back a window
 * before `from`. Yields after every slot it looked at, so that the caller can let others work; returns what was found.
 */
export function* replaySeries(series: Series, { from, until }: Window, { settings, outages }: ReplayContext): Generator<void, SeriesReplay> {
  const { windowSeconds, intervalSeconds, life } = settings;
  const ensemble = settings.ensembleOf(series.metric);
  const found = new Map<string, AnomalyFinding>();
  let memory = emptyMemory;
  let judged: Tail | null = null;
  let slots = 0;
  for (let slot = Math.ceil(from / intervalSeconds); slot * intervalSeconds < until; ) {
    const now = slot * intervalSeconds;
    const window = windowOf(series, now - windowSeconds, now);
    const tail = tailOf(window);
    const verdict = tail === null || isSameTail(judged, tail) ? null : judge(window, now, ensemble);
    judged = tail;
    const step = stepMetric(memory, { metric: series.metric, now, series: window, verdict, outages }, life);
    memory = step.memory;
    for (const finding of step.changed) found.set(finding.id, finding);
    slots += 1;
    yield;
    slot = Math.max(slot + 1, Math.ceil(nextOfInterest(series, memory, now, settings) / intervalSeconds));
  }
  return { slots, found: [...found.values()] };
}

/** The earliest time after `now` at which a slot could see something else than the one at `now`. */
export function nextOfInterest({ timestamps }: Series, { deviation, stopped }: MetricMemory, now: number, { windowSeconds, life }: CompiledSettings): number {
  if (deviation?.state === 'open') return now;
  const count = countBelow(timestamps, now, true);
  const [last = -Infinity, next = Infinity] = [timestamps[count - 1], timestamps[count]];
  const leaves = last + windowSeconds;
  if (stopped?.state === 'open') return Math.min(next, leaves);
  if (now >= leaves) return next;
  return Math.min(next, last + (life.stoppedSeconds ?? leastStoppedSeconds));
}
