import type { Series } from '@skylark/core';

/** A series of datapoints in any order; the last of a timestamp wins. */
export function sortedSeries(metric: string, timestamps: readonly number[], values: readonly number[]): Series {
  const order = timestamps.map((_, index) => index).sort((a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0) || a - b);
  const last = order.filter((index, position) => timestamps[index] !== timestamps[order[position + 1] ?? -1]);
  return { metric, timestamps: Float64Array.from(last, (index) => timestamps[index] ?? NaN), values: Float64Array.from(last, (index) => values[index] ?? NaN) };
}
