import type { AnomalyFinding, Series, Window } from '@skylark/core';

/** Context before an anomaly unless told otherwise: an hour. */
export const defaultContextSeconds = 3600;
/** Where data is coarse, context reaches back until it holds this many datapoints ... */
const leastContextPoints = 32;
/** ... but at most a day; and of a long anomaly its first day is the shape. */
const daySeconds = 86_400;

type Span = Pick<AnomalyFinding, 'start' | 'end' | 'lastFlagged' | 'updated'>;

/** The window that `cutToAnomaly` needs of a series: read this, then cut. */
export function widestAnomalyWindow(anomaly: Span, contextSeconds = defaultContextSeconds): Window {
  return { from: Math.max(0, anomaly.start - Math.max(contextSeconds, daySeconds)), until: untilOf(anomaly) };
}

/**
 * The part of a series that shows an anomaly: its span (so far, while it is open; its first day, if longer) with the context before it.
 * The same for the document in the index and for a search, so that an anomaly is compared as it was kept.
 *
 * @param series read over `widestAnomalyWindow`
 * @returns the window, and the series within it as columns of its own
 */
export function cutToAnomaly(series: Series, anomaly: Span, contextSeconds = defaultContextSeconds): { window: Window; series: Series } {
  const { timestamps, values, metric } = series;
  const start = firstNotBefore(timestamps, anomaly.start);
  const usual = anomaly.start - contextSeconds;
  const enough = timestamps[Math.max(0, start - leastContextPoints)] ?? usual;
  const widest = widestAnomalyWindow(anomaly, contextSeconds);
  const window = { from: Math.max(widest.from, Math.min(usual, enough)), until: widest.until };
  const [first, last] = [firstNotBefore(timestamps, window.from), firstNotBefore(timestamps, window.until)];
  return { window, series: { metric, timestamps: timestamps.slice(first, last), values: values.slice(first, last) } };
}

/** Exclusive, so a second past the last instant that belongs to it. */
function untilOf({ start, end, lastFlagged, updated }: Span): number {
  const last = end ?? Math.max(start, lastFlagged, updated);
  return Math.min(last, start + daySeconds) + 1;
}

/** Index of the first timestamp at or after an instant. */
function firstNotBefore(timestamps: Float64Array, instant: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
