import type { Detector } from '../detector.js';
import { withinDeviations } from '../within-deviations.js';

/** What each step back multiplies a weight with: alpha is 1/51 (pandas: com=50). */
const decay = 50 / 51;
/** Values further back weigh less than 1e-22 together. */
const span = 2600;

/**
 * The last value against its exponentially weighted mean, by index, the last value included; three weighted deviations,
 * bias-corrected (pandas: `ewm(com=50).std()`). Follows a change of level within some hundred datapoints, so it misses slow drifts.
 */
export const stddevFromMovingAverage: Detector = {
  name: 'stddev_from_moving_average',
  cost: 6,
  judge: ({ values, last }) => {
    const { mean, deviation } = weightedMoments(values);
    return withinDeviations({ value: last, centre: mean, deviation, valueWords: 'The last value', centreWords: 'the moving average' });
  },
};

function weightedMoments(values: Float64Array): { mean: number; deviation: number } {
  const from = Math.max(0, values.length - span);
  let [weights, squaredWeights, sum, weight] = [0, 0, 0, 1];
  for (let i = values.length - 1; i >= from; i -= 1) {
    weights += weight;
    squaredWeights += weight * weight;
    sum += weight * values[i]!;
    weight *= decay;
  }
  const mean = sum / weights;
  let squares = 0;
  weight = 1;
  for (let i = values.length - 1; i >= from; i -= 1) {
    const away = values[i]! - mean;
    squares += weight * away * away;
    weight *= decay;
  }
  const correction = weights - squaredWeights / weights;
  return { mean, deviation: correction > 0 ? Math.sqrt(squares / correction) : NaN };
}
