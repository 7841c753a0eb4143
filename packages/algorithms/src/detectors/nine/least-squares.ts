import type { Detector } from '../detector.js';
import { silent } from '../detector.js';
import { phrase } from '../phrase.js';
import { deviationsAllowed } from '../within-deviations.js';

/** LAPACK's relative machine precision: a second singular value below this part of the first is dropped. */
const dropped = 2 ** -53;

/**
 * A straight line through the window by least squares on [unix seconds, 1]; the mean of the last three residuals against three
 * deviations of all residuals, where both are at least one half (the original rounds them and asks for non-zero).
 *
 * The original's solver drops the line's slope while the timestamps' deviation is below 2^-53 mean²: below about 1,110 s
 * of data a multiple of the timestamps is fitted, which is as good as a constant. Blind for metrics whose values are small.
 */
export const leastSquares: Detector = {
  name: 'least_squares',
  cost: 57,
  judge: ({ timestamps, values, whole }) => {
    const { length } = values;
    if (length < 3) return silent('A line needs three values.');
    const line = fitLine(timestamps, values, whole().mean);
    const { tail, deviation } = residuals(timestamps, values, line);
    const statistic = Math.abs(tail);
    const threshold = deviationsAllowed * deviation;
    const expectedLast = (values[length - 1]! + values[length - 2]! + values[length - 3]!) / 3 - tail;
    return {
      vote: statistic > threshold && deviation >= 0.5 && statistic >= 0.5,
      statistic,
      threshold,
      expected: { low: expectedLast - threshold, high: expectedLast + threshold },
      explanation: `The last three values are ${phrase(statistic)} away from a straight line through all; three standard deviations are ${phrase(threshold)}${deviation < 0.5 || statistic < 0.5 ? ', and under one half nothing counts' : ''}.`,
    };
  },
};

/** The line value = level + slope (t - centre). */
interface Line {
  readonly centre: number;
  readonly level: number;
  readonly slope: number;
}

function fitLine(timestamps: Float64Array, values: Float64Array, meanValue: number): Line {
  const { length } = values;
  const origin = timestamps[0]!;
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += timestamps[i]! - origin;
  const centre = origin + sum / length;
  let [squares, products] = [0, 0];
  for (let i = 0; i < length; i += 1) {
    const time = timestamps[i]! - centre;
    squares += time * time;
    products += time * (values[i]! - meanValue);
  }
  if (Math.sqrt(squares / length) >= dropped * centre * centre && squares > 0) return { centre, level: meanValue, slope: products / squares };
  // Only the first singular vector is left: a line through the origin, but for 1e-18.
  const slope = (length * centre * meanValue + products) / (length * centre * centre + squares);
  return { centre, level: slope * centre, slope };
}

/** Mean of the last three residuals, and the population deviation of all. */
function residuals(timestamps: Float64Array, values: Float64Array, { centre, level, slope }: Line): { tail: number; deviation: number } {
  const { length } = values;
  const residual = (i: number): number => values[i]! - level - slope * (timestamps[i]! - centre);
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += residual(i);
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i += 1) squares += (residual(i) - mean) ** 2;
  return { tail: (residual(length - 1) + residual(length - 2) + residual(length - 3)) / 3, deviation: Math.sqrt(squares / length) };
}
