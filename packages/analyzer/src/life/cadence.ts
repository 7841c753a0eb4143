import type { Series } from '@skylark/core';

/** How often a metric speaks, from its newest intervals; seconds. */
export interface Cadence {
  /** Median interval. */
  readonly resolution: number;
  /** Third-longest interval: two outages do not make a habit, the pauses of a batch job do. */
  readonly usualPause: number;
}

/** Fewer datapoints have no resolution: three values of a script that ran once are no metric that stopped. */
export const fewestForCadence = 10;

const mostIntervals = 256;

/**
 * The cadence of the last 257 datapoints at most; null below 10. Bounded, so that asking costs microseconds however long the series.
 *
 * @example cadenceOf(aSeriesEvery10Seconds) // { resolution: 10, usualPause: 10 }
 */
export function cadenceOf({ timestamps }: Series): Cadence | null {
  const count = timestamps.length;
  if (count < fewestForCadence) return null;
  const intervals = new Float64Array(Math.min(mostIntervals, count - 1));
  for (let back = 0; back < intervals.length; back += 1) intervals[back] = timestamps[count - 1 - back]! - timestamps[count - 2 - back]!;
  intervals.sort();
  const middle = (intervals.length - 1) / 2;
  return { resolution: (intervals[Math.floor(middle)]! + intervals[Math.ceil(middle)]!) / 2, usualPause: intervals[intervals.length - 3]! };
}
