import type { Detector } from '../detector.js';
import { silent } from '../detector.js';
import { phrase } from '../phrase.js';
import { medianInPlace } from '../statistics/median.js';

const deviationsAllowed = 6;

/**
 * The last value's distance from the median, in median distances from the median; more than six is anomalous. Robust: spikes do
 * not widen it. Blind where more than half of the values are equal (the denominator is 0: it votes no in both dialects).
 * In dialect `etsy` a quiet test abstains: the original forgot to return False, and counts only False.
 */
export const medianAbsoluteDeviation: Detector = {
  name: 'median_absolute_deviation',
  cost: 190,
  judge: ({ values, last }, { dialect }) => {
    const scratch = Float64Array.from(values);
    const median = medianInPlace(scratch);
    for (let i = 0; i < values.length; i += 1) scratch[i] = Math.abs(values[i]! - median);
    const typical = medianInPlace(scratch);
    if (typical === 0) return silent('More than half of the values are equal, so no distance is typical.');
    const statistic = Math.abs(last - median) / typical;
    const fires = statistic > deviationsAllowed;
    return {
      vote: fires || (dialect === 'etsy' ? null : false),
      statistic,
      threshold: deviationsAllowed,
      expected: { low: median - deviationsAllowed * typical, high: median + deviationsAllowed * typical },
      explanation: `The last value, ${phrase(last)}, is ${phrase(statistic)} median absolute deviations away from the median, ${phrase(median)}; ${deviationsAllowed} are allowed.`,
    };
  },
};
