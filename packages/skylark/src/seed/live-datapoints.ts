import type { Datapoint } from '@skylark/core';
import { valueAt } from './incident.js';
import type { PlannedSeries } from './seed-series.js';

/** The datapoints of all series on the grid of the resolution in `[from, until)`, in order of time: what became due since the last call, whose `until` is this one's `from`. */
export function liveDatapoints(planned: readonly PlannedSeries[], { from, until, resolutionSeconds }: { from: number; until: number; resolutionSeconds: number }): Datapoint[] {
  const datapoints: Datapoint[] = [];
  for (let timestamp = Math.ceil(from / resolutionSeconds) * resolutionSeconds; timestamp < until; timestamp += resolutionSeconds) {
    for (const { model, incidents } of planned) {
      const value = valueAt(model, incidents, timestamp);
      if (value !== null) datapoints.push({ metric: model.metric, timestamp, value });
    }
  }
  return datapoints;
}
