import { ksChance, twoSampleKs } from './two-sample-ks.js';

/** How much a stretch of a metric differs from the stretch before it. */
export interface WindowChange {
  /**
   * -1 to 1: the Kolmogorov-Smirnov statistic of the window against its baseline, less what quarters of the baseline show against each other.
   * 0: differs as its parts always do (a rhythm, a drift); 1: all values are new in a metric that is always the same.
   */
  readonly statistic: number;
  /** Of the plain statistic, if neighbours were independent. */
  readonly pValue: number;
  /** Distance of the medians in spreads (interquartile ranges) of the baseline: who changed more among those that changed wholly. */
  readonly shift: number;
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
  if (window.length === 0) return { statistic: 1, pValue: ksChance(1, baseline.length, baseline.length / baselineWindows), shift: Infinity };
  const [before, now] = [sorted(baseline), sorted(window)];
  const plain = twoSampleKs(now, before);
  const spread = quantile(before, 0.75) - quantile(before, 0.25);
  const away = Math.abs(quantile(now, 0.5) - quantile(before, 0.5));
  return { statistic: plain - usualDifference(baseline), pValue: ksChance(plain, now.length, before.length), shift: away === 0 ? 0 : away / spread };
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
