/**
 * The two-sample Kolmogorov-Smirnov statistic: the largest distance between two empirical distributions, 0 to 1 (Smirnov 1939).
 *
 * @param a ascending, at least one value
 * @param b likewise
 * @example twoSampleKs(Float64Array.of(1, 2, 3), Float64Array.of(4, 5)) // 1
 */
export function twoSampleKs(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i += 1;
    while (j < b.length && b[j] === value) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/**
 * The chance of a statistic at least as large between samples of one distribution, by Kolmogorov's limit with Stephens' correction for small
 * samples (Stephens 1970). Assumes independent values: neighbours of a metric rarely are, so it ranks rather than proves.
 *
 * @param n size of the one sample; @param m of the other
 * @returns 0 to 1
 */
export function ksChance(statistic: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  const lambda = (root + 0.12 + 0.11 / root) * statistic;
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
