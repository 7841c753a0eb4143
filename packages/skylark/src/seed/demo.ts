import type { Datapoint } from '@skylark/core';
import { demoMetrics } from './demo-metrics.js';
import { createDemoSchedule } from './demo-schedule.js';
import { type Incident, labelsOf } from './incident.js';
import { liveDatapoints } from './live-datapoints.js';
import { type PlannedSeries, sampled, type SeedSeries } from './seed-series.js';
import { createModel } from './series-model.js';

/** What all names of the demo begin with. */
export const demoPrefix = 'demo.';

export interface DemoOptions {
  readonly seed: number;
  /** When the demo began, seconds: the line-up is around it. Keep it over a restart and the same incidents go on. */
  readonly anchor: number;
  /** Default 30. */
  readonly resolutionSeconds?: number | undefined;
}

/** Invented metrics: a pure function of the options and time, so that history and live datapoints agree. */
export interface Demo {
  /** All metrics in `[from, until)`. */
  history(from: number, until: number): Generator<SeedSeries>;
  /** The same datapoints in order of time: what became due since the last call, whose `until` is this one's `from`. */
  live(from: number, until: number): Datapoint[];
  /** The incidents that overlap `[from, until)`. */
  incidents(from: number, until: number): Incident[];
}

/**
 * @example
 * const demo = createDemo({ seed: 1, anchor: now });
 * for (const series of demo.history(now - 86_400, now)) append(series); // then, every few seconds:
 * append(demo.live(last, now));
 */
export function createDemo({ seed, anchor, resolutionSeconds = 30 }: DemoOptions): Demo {
  const schedule = createDemoSchedule(seed, Math.floor(anchor));
  const models = demoMetrics.map(({ name, kind, level }) => createModel(seed, name, kind, level));

  const planned = (from: number, until: number): PlannedSeries[] => models.map((model) => ({ model, incidents: schedule.incidentsOf(model.metric, from, until) }));

  return {
    *history(from, until) {
      for (const one of planned(from, until)) yield sampled(one, { from, until, resolutionSeconds });
    },
    live: (from, until) => liveDatapoints(planned(from, until), { from, until, resolutionSeconds }),
    incidents: (from, until) => models.flatMap(({ metric }) => labelsOf(schedule.incidentsOf(metric, from, until))),
  };
}
