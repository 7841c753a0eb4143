import { ksChance, twoSampleKs } from './two-sample-ks.js';

/** How much a stretch of a metric differs from the stretch before it. */
export interface WindowChange {
  /**
   * -1 to 1: the Kolmogorov-Smirnov statistic of the window against its baseline, less what quarters of the baseline show against each other, times
   * s / (1 + s), where s is how far the median moved in spreads (or the logarithm of how much the spread changed, if that is more).
   * 0: differs as its parts always do (a rhythm, a drift), or hardly; near 1: wholly new values, far away, in a metric that is always the same.
   */
  readonly statistic: number;
  /** Of the plain statistic, if neighbours were independent. */
  readonly pValue: number;
}

/** Quarters of a baseline, which is so many times as long as the window. */
export const baselineWindows = 4;
const leastBaseline = 16;

/**
 * Compares a window with the baseline before it.
 *
 * @param baseline values in time order, four times the window's time
 * @param window values; none at all (the metric stopped) is the greatest change
 * @returns null where the baseline is too short to say anything
 */
export function windowChange(baseline: Float64Array, window: Float64Array): WindowChange | null {
  if (baseline.length < leastBaseline) return null;
  if (window.length === 0) return { statistic: 1, pValue: ksChance(1, baseline.length, baseline.length / baselineWindows) };
  const [before, now] = [sorted(baseline), sorted(window)];
  const plain = twoSampleKs(now, before);
  return { statistic: (plain - usualDifference(baseline)) * sizeOf(before, now), pValue: ksChance(plain, now.length, before.length) };
}

/** 0 to 1: what the samples (ascending) differ by, a half where that is one spread. The test alone cannot tell a nudge from a leap. */
function sizeOf(before: Float64Array, now: Float64Array): number {
  const [spread, spreadNow] = [before, now].map((values) => quantile(values, 0.75) - quantile(values, 0.25));
  const away = Math.abs(quantile(now, 0.5) - quantile(before, 0.5));
  const moved = away === 0 ? 0 : away / spread!;
  const widened = spread === spreadNow ? 0 : Math.abs(Math.log(spreadNow! / spread!));
  const size = Math.max(moved, widened);
  return size === Infinity ? 1 : size / (1 + size);
}

/** What the quarters show, each against the three others, on average. */
function usualDifference(baseline: Float64Array): number {
  let sum = 0;
  for (let quarter = 0; quarter < baselineWindows; quarter += 1) {
    const [from, until] = [quarter, quarter + 1].map((q) => Math.round((q * baseline.length) / baselineWindows));
    const others = new Float64Array(baseline.length - (until! - from!));
    others.set(baseline.subarray(0, from));
    others.set(baseline.subarray(until), from);
    sum += twoSampleKs(sorted(baseline.subarray(from, until)), others.sort());
  }
  return sum / baselineWindows;
}

const sorted = (values: Float64Array): Float64Array => values.slice().sort();

const quantile = (ascending: Float64Array, part: number): number => ascending[Math.round(part * (ascending.length - 1))]!;
