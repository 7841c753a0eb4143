import type { SeriesStore, Window } from '@skylark/core';
import { type Outage, outagesBetween } from '../life/outage.js';
import { canaryMetric } from './self-metrics.js';

/** Longer between two heartbeats is an outage: six beats of the canary. */
export const longestBeatSeconds = 60;

/** When Skylark itself took in nothing, by the holes in its canary; `until` counts as now. None where there never was a canary. */
export async function readOutages(series: SeriesStore, { from, until }: Window): Promise<Outage[]> {
  const [canary] = await series.read([canaryMetric], { from, until });
  return canary ? outagesBetween(canary.timestamps, until, longestBeatSeconds) : [];
}
