import type { AnomalyFinding, Series, Window } from '@skylark/core';
import { emptyMemory } from '../life/metric-memory.js';
import { stepStream } from '../life/step-stream.js';
import { countBelow } from '../life/window.js';
import { stepSeries } from '../streams/step-series.js';
import type { StreamContext } from '../streams/stream-context.js';
import { nextOfInterest, type ReplayContext, type SeriesReplay } from './replay-series.js';

/**
 * The same for a metric that is judged datapoint by datapoint: its state is stepped from the first datapoint of `series`, which is to be the first that is
 * stored, as it was when the rounds saw the metric first; what is found in slots of `[from, until)` is answered. The verdicts are the rounds' own
 * where they had all of it in time: a datapoint that came late is in its place here, and was in nobody's there.
 */
export function* replayStream(series: Series, { from, until }: Window, { settings, outages }: ReplayContext, stream: StreamContext): Generator<void, SeriesReplay> {
  const { windowSeconds, intervalSeconds, life } = settings;
  const { metric, timestamps } = series;
  const rules = settings.streamRules(metric);
  const state = new Float64Array(stream.detector.stateLength);
  const found = new Map<string, AnomalyFinding>();
  let memory = emptyMemory;
  let [stepped, slots] = [0, 0];
  for (let slot = Math.ceil(Math.min(from, timestamps[0] ?? from) / intervalSeconds); slot * intervalSeconds < until; ) {
    const now = slot * intervalSeconds;
    const due = countBelow(timestamps, now, true);
    const flagged = stepSeries({ state, series, from: stepped, until: due, rules, following: memory.deviation !== null }, stream);
    stepped = due;
    const step = stepStream(memory, { metric, now, series, windowSeconds, flagged, outages }, life);
    memory = step.memory;
    if (now >= from) for (const finding of step.changed) found.set(finding.id, finding);
    slots += 1;
    yield;
    slot = Math.max(slot + 1, Math.ceil(nextOfInterest(series, memory, now, settings) / intervalSeconds));
  }
  return { slots, found: [...found.values()] };
}
