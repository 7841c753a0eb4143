import { SkylarkError } from '@skylark/core';

/**
 * Euclidean distance: the square root of the sum of squared differences, point by point.
 *
 * Misleads as soon as one curve lags behind the other; that is what DTW is for.
 *
 * @throws SkylarkError `bad-request` when the lengths differ
 * @example euclidean(Float64Array.of(0, 0), Float64Array.of(3, 4)) // 5
 */
export function euclidean(a: Float64Array, b: Float64Array): number {
  const distance = euclideanWithin(a, b, Infinity);
  return distance === Infinity ? Math.min(a.reduce((sum, value, i) => Math.hypot(sum, value - b[i]!), 0), Number.MAX_VALUE) : distance;
}

/** The same, or Infinity as soon as it is certain to be above `abandonAbove`. */
export function euclideanWithin(a: Float64Array, b: Float64Array, abandonAbove: number): number {
  if (a.length !== b.length) throw new SkylarkError('bad-request', `${a.length} and ${b.length} points have no Euclidean distance`);
  const limit = abandonAbove * abandonAbove;
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
    if (sum > limit) break;
  }
  const distance = Math.sqrt(sum);
  return distance > abandonAbove ? Infinity : distance;
}
