import type { Series } from '@skylark/core';

/** The number of elements below `limit` in an ascending column; with `inclusive`, those equal to it too. */
export function countBelow(column: Float64Array, limit: number, inclusive = false): number {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const before = inclusive ? column[middle]! <= limit : column[middle]! < limit;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The datapoints of `[from, now]` as a view on the same columns: what is stamped with the slot's own second counts. */
export function windowOf({ metric, timestamps, values }: Series, from: number, now: number): Series {
  const [first, end] = [countBelow(timestamps, from), countBelow(timestamps, now, true)];
  return { metric, timestamps: timestamps.subarray(first, end), values: values.subarray(first, end) };
}
