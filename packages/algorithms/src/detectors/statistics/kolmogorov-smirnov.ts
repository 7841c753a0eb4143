/**
 * Two-sample Kolmogorov-Smirnov distance: the largest gap between the two empirical distribution functions, 0 to 1.
 * Both samples are sorted in place and hold at least one value.
 *
 * @example kolmogorovSmirnov(Float64Array.of(1, 2), Float64Array.of(2, 3)) // 0.5
 */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  a.sort();
  b.sort();
  let [i, j, widest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! === at) i += 1;
    while (j < b.length && b[j]! === at) j += 1;
    const gap = Math.abs(i / a.length - j / b.length);
    if (gap > widest) widest = gap;
  }
  return widest;
}
