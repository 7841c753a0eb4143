/**
 * A curve without its noise: the centred moving mean of `width` neighbours, fewer at the ends.
 *
 * @param width points, odd; 1 changes nothing
 * @example smooth(Float64Array.of(0, 3, 0, 3), 3) // [1.5, 1, 2, 1.5]
 */
export function smooth(values: Float64Array, width: number): Float64Array {
  const reach = Math.floor(width / 2);
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) sums[i + 1] = sums[i]! + values[i]!;
  return values.map((_, i) => {
    const [from, until] = [Math.max(0, i - reach), Math.min(values.length, i + reach + 1)];
    return (sums[until]! - sums[from]!) / (until - from);
  });
}
