/** Count, mean and centred sum of squares: enough for any mean and deviation, and to take one value more. */
export interface Moments {
  readonly count: number;
  /** NaN when `count` is 0. */
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
}

/**
 * Moments of `values[from, until)`, in two passes: first the mean, then the deviations from it.
 * Four sums run side by side, because one sum waits for each of its additions.
 *
 * @example momentsOf(Float64Array.of(1, 2, 3, 6), 0, 4) // { count: 4, mean: 3, squares: 14 }
 */
export function momentsOf(values: Float64Array, from: number, until: number): Moments {
  const count = until - from;
  if (count <= 0) return { count: 0, mean: NaN, squares: 0 };
  const mean = sumOf(values, from, until) / count;
  return { count, mean, squares: squaresAround(values, mean, { from, until }) };
}

/** The same with one value more. Adding loses nothing; taking the last value out of a whole would. */
export function momentsWith({ count, mean, squares }: Moments, value: number): Moments {
  if (count === 0) return { count: 1, mean: value, squares: 0 };
  const delta = value - mean;
  return { count: count + 1, mean: mean + delta / (count + 1), squares: squares + (delta * delta * count) / (count + 1) };
}

/** Standard deviation with `lost` degrees of freedom: 1 for a sample, 0 for a population. NaN where there are too few values. */
export function deviationOf({ count, squares }: Moments, lost: 0 | 1): number {
  return count > lost ? Math.sqrt(squares / (count - lost)) : NaN;
}

/** Sum of `values[from, until)`; not finite if one of them is not, or if it overflows. */
function sumOf(values: Float64Array, from: number, until: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < until; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (; i < until; i += 1) a += values[i]!;
  return a + b + (c + d);
}

function squaresAround(values: Float64Array, mean: number, { from, until }: { from: number; until: number }): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < until; i += 4) {
    const p = values[i]! - mean;
    const q = values[i + 1]! - mean;
    const r = values[i + 2]! - mean;
    const s = values[i + 3]! - mean;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < until; i += 1) a += (values[i]! - mean) ** 2;
  return a + b + (c + d);
}
