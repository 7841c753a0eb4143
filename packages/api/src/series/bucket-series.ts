import type { Series, Window } from '@skylark/core';

/** Columns of one series, thinned: bucket i holds the datapoints of [timestamps[i], timestamps[i] + bucketSeconds). */
export interface BucketedSeries {
  /** Starts of the buckets that hold anything, ascending. */
  readonly timestamps: Float64Array;
  /** Mean of each bucket. */
  readonly values: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Width of a bucket; 0: every datapoint stands for itself. */
  readonly bucketSeconds: number;
}

/**
 * Thins a series to at most `maxPoints` buckets of equal width over the window, so that peaks stay visible: mean, min and max of each.
 * A series with no more datapoints than that is left as it is, datapoint for datapoint.
 *
 * Means are running means, so that values near the largest double do not overflow; each lies within its min and max.
 *
 * @example bucketSeries({ metric: 'a', timestamps: [0, 10, 20, 30], values: [1, 3, 5, 9] }, { from: 0, until: 40 }, 2) // timestamps [0, 20], values [2, 7], min [1, 5], max [3, 9], bucketSeconds 20
 */
export function bucketSeries({ timestamps, values }: Series, { from, until }: Window, maxPoints: number): BucketedSeries {
  if (timestamps.length <= maxPoints) return { timestamps, values, min: values, max: values, bucketSeconds: 0 };
  const bucketSeconds = (until - from) / maxPoints;
  const thinned = { timestamps: new Float64Array(maxPoints), values: new Float64Array(maxPoints), min: new Float64Array(maxPoints), max: new Float64Array(maxPoints) };
  let returned = 0;
  for (let i = 0; i < timestamps.length; returned++) {
    const bucket = bucketOf(timestamps[i] as number);
    let mean = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let count = 1; i < timestamps.length && bucketOf(timestamps[i] as number) === bucket; i++, count++) {
      const value = values[i] as number;
      mean = mean * ((count - 1) / count) + value / count;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    thinned.timestamps[returned] = from + bucket * bucketSeconds;
    thinned.values[returned] = Math.min(high, Math.max(low, mean));
    thinned.min[returned] = low;
    thinned.max[returned] = high;
  }
  return {
    timestamps: thinned.timestamps.subarray(0, returned),
    values: thinned.values.subarray(0, returned),
    min: thinned.min.subarray(0, returned),
    max: thinned.max.subarray(0, returned),
    bucketSeconds,
  };

  function bucketOf(timestamp: number): number {
    return Math.min(maxPoints - 1, Math.max(0, Math.floor((timestamp - from) / bucketSeconds)));
  }
}
