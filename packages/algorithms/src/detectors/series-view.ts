import { momentsOf, momentsWith } from './statistics/moments.js';
import type { Moments } from './statistics/moments.js';

/**
 * One series at one time, as the detectors see it: the columns, and what several of them need, computed once at first use.
 * Holds at least one datapoint, ascending by time, all values finite. Short-lived; nobody writes to it.
 */
export interface SeriesView {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly last: number;
  /** Mean of the last three values; the last one if there are fewer than three. */
  readonly tail: number;
  /** Of all values but the last. */
  readonly head: () => Moments;
  /** Of all values. */
  readonly whole: () => Moments;
  /** The first position whose datapoint is not older than `time`; the length if all are. */
  readonly since: (time: number) => number;
}

export function seriesView({ timestamps, values }: { timestamps: Float64Array; values: Float64Array }, now: number): SeriesView {
  const { length } = values;
  const last = values[length - 1]!;
  const head = once(() => momentsOf(values, 0, length - 1));
  return {
    timestamps,
    values,
    now,
    last,
    tail: length < 3 ? last : (last + values[length - 2]! + values[length - 3]!) / 3,
    head,
    whole: once(() => momentsWith(head(), last)),
    since: (time) => lowerBound(timestamps, time),
  };
}

function once<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => (known ??= { value: compute() }).value;
}

function lowerBound(sorted: Float64Array, time: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
