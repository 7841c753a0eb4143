import type { Series } from '@skylark/core';
import { countBelow } from '../life/window.js';

/** A series that grows datapoint by datapoint, in any order of time; the last written of a timestamp wins. */
export interface GrowingSeries {
  add(timestamp: number, value: number): void;
  /** The datapoints of `[from, now]`, as a view that is good until the next `add`. */
  window(from: number, now: number): Series;
}

/** Room for `capacity` datapoints. In ascending order an `add` costs O(1), a `window` O(log n). */
export function createGrowingSeries(metric: string, capacity: number): GrowingSeries {
  const timestamps = new Float64Array(capacity);
  const values = new Float64Array(capacity);
  let length = 0;
  const place = (timestamp: number): number => (length === 0 || timestamp > timestamps[length - 1]! ? length : countBelow(timestamps.subarray(0, length), timestamp));

  return {
    add(timestamp, value) {
      const at = place(timestamp);
      const known = at < length && timestamps[at] === timestamp;
      if (!known && at < length) {
        timestamps.copyWithin(at + 1, at, length);
        values.copyWithin(at + 1, at, length);
      }
      timestamps[at] = timestamp;
      values[at] = value;
      if (!known) length += 1;
    },
    window(from, now) {
      const held = timestamps.subarray(0, length);
      const [first, end] = [countBelow(held, from), countBelow(held, now, true)];
      return { metric, timestamps: timestamps.subarray(first, end), values: values.subarray(first, end) };
    },
  };
}
