import type { Detector } from '../detector.js';
import { silent } from '../detector.js';
import { phrase } from '../phrase.js';
import { deviationOf } from '../statistics/moments.js';
import { studentQuantile } from '../statistics/student-t.js';

/** What the original asks of the t distribution: one outlier of n, at five percent, as if two-sided. */
const significance = 0.05;

/**
 * Grubbs' test (1950) for an outlier, one-sided, so it sees spikes and never dips: the z score of the mean of the last three
 * values (population deviation, NIST handbook 1.3.5.17.1) against the critical value for n values. Assumes a normal distribution.
 */
export const grubbs: Detector = {
  name: 'grubbs',
  cost: 3,
  judge: ({ values: { length }, tail, whole }) => {
    if (length < 3) return silent("Grubbs' test needs three values.");
    const statistic = (tail - whole().mean) / deviationOf(whole(), 0);
    const threshold = criticalGrubbs(length);
    return {
      vote: statistic > threshold,
      statistic,
      threshold,
      expected: null,
      explanation: `The mean of the last three values is ${phrase(statistic)} standard deviations above the mean; Grubbs' test for ${length} values allows ${phrase(threshold)}.`,
    };
  },
};

/** Critical value of Grubbs' statistic for `count` >= 3 values. */
export function criticalGrubbs(count: number): number {
  const t = studentQuantile(significance / (2 * count), count - 2);
  return ((count - 1) / Math.sqrt(count)) * Math.sqrt((t * t) / (count - 2 + t * t));
}
