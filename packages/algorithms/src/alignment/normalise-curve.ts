/** What is taken out of a curve before it is compared. `both` is z-normalising. */
export type Normalisation = 'both' | 'level' | 'height' | 'none';

/** A spread below this part of the largest magnitude is rounding noise, not a shape. */
const flatBelow = 1e-12;

/**
 * A curve without its level (mean), its height (size) or both, over the points that count; 0 where it does not matter.
 *
 * `level` subtracts the mean; `height` divides by the root mean square, so that multiples are alike and shifted ones are not; `both`
 * subtracts the mean and divides by the population standard deviation.
 *
 * @param counts one weight a point, 1 or 0; null: all count
 * @returns a new column; null where there is nothing to divide by (flat), or fewer than two points count
 * @example normaliseCurve(Float64Array.of(1, 9, 3), Uint8Array.of(1, 0, 1), 'level') // [-1, 0, 1]
 */
export function normaliseCurve(values: Float64Array, counts: Uint8Array | null, normalisation: Normalisation): Float64Array | null {
  let [total, sum, largest] = [0, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    if (counts !== null && counts[i] === 0) continue;
    total += 1;
    sum += values[i]!;
    largest = Math.max(largest, Math.abs(values[i]!));
  }
  if (total < 2) return null;
  const level = normalisation === 'both' || normalisation === 'level' ? sum / total : 0;
  const height = normalisation === 'both' || normalisation === 'height' ? rootMeanSquare(values, counts, level, total) : 1;
  if (!Number.isFinite(level) || !Number.isFinite(height) || !(height > flatBelow * largest)) return null;
  return values.map((value, i) => (counts === null || counts[i] === 1 ? (value - level) / height : 0));
}

function rootMeanSquare(values: Float64Array, counts: Uint8Array | null, level: number, total: number): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) if (counts === null || counts[i] === 1) squares += (values[i]! - level) ** 2;
  return Math.sqrt(squares / total);
}
