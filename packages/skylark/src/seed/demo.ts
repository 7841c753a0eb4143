import type { Datapoint } from '@skylark/core';
import { demoMetrics } from './demo-metrics.js';
import { createDemoSchedule } from './demo-schedule.js';
import { type Incident, labelOf, valueAt } from './incident.js';
import { sampled, type SeedSeries } from './seed-series.js';
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

  return {
    *history(from, until) {
      for (const model of models) yield sampled({ model, incidents: schedule.incidentsOf(model.metric, from, until) }, { from, until, resolutionSeconds });
    },
    live(from, until) {
      const datapoints: Datapoint[] = [];
      const incidents = new Map(models.map(({ metric }) => [metric, schedule.incidentsOf(metric, from, until)]));
      for (let timestamp = Math.ceil(from / resolutionSeconds) * resolutionSeconds; timestamp < until; timestamp += resolutionSeconds) {
        for (const model of models) {
          const value = valueAt(model, incidents.get(model.metric) ?? [], timestamp);
          if (value !== null) datapoints.push({ metric: model.metric, timestamp, value });
        }
      }
      return datapoints;
    },
    incidents: (from, until) => models.flatMap(({ metric }) => schedule.incidentsOf(metric, from, until).map(labelOf)),
  };
}
