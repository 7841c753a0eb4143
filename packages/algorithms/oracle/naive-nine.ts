import { studentQuantile } from '../src/detectors/statistics/student-t.js';

/**
 * The nine tests written straight from their definitions (the original's Python), a pass for each figure, nothing shared, nothing
 * left out: obviously right, and not slowed on purpose. What the detectors are compared with, in votes and in speed.
 */

export interface NaiveSettings {
  readonly fullDuration: number;
  readonly consensus: number;
  readonly dialect: 'etsy' | 'fixed';
}

/** A vote, and how far from even it was, relative to the threshold: under 1e-9 rounding may decide. */
export interface NaiveVote {
  readonly vote: boolean | null;
  readonly margin: number;
}

interface Input {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly now: number;
  readonly settings: NaiveSettings;
}

const never: NaiveVote = { vote: false, margin: Infinity };
const sum = (list: Float64Array): number => list.reduce((total, value) => total + value, 0);
const average = (list: Float64Array): number => sum(list) / list.length;
const deviation = (list: Float64Array, lost: number): number => {
  const centre = average(list);
  return list.length > lost ? Math.sqrt(list.reduce((total, value) => total + (value - centre) ** 2, 0) / (list.length - lost)) : NaN;
};
const least = (list: Float64Array): number => list.reduce((a, b) => Math.min(a, b), Infinity);
const greatest = (list: Float64Array): number => list.reduce((a, b) => Math.max(a, b), -Infinity);
const tailOf = (list: Float64Array): number => (list.length < 3 ? list.at(-1)! : (list.at(-1)! + list.at(-2)! + list.at(-3)!) / 3);
const above = (statistic: number, threshold: number): NaiveVote => ({ vote: statistic > threshold, margin: Math.abs(statistic - threshold) / Math.max(Math.abs(threshold), Number.MIN_VALUE) });

function median(list: Float64Array): number {
  const sorted = list.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function firstHourAverage({ timestamps, values, now, settings }: Input): NaiveVote {
  const old = values.filter((_, i) => timestamps[i]! < now - (settings.fullDuration - 3600));
  return above(Math.abs(tailOf(values) - average(old)), 3 * deviation(old, 1));
}

function meanSubtractionCumulation({ values }: Input): NaiveVote {
  const head = values.slice(0, -1);
  return above(Math.abs(values.at(-1)! - average(head)), 3 * deviation(head, 1));
}

function stddevFromAverage({ values }: Input): NaiveVote {
  return above(Math.abs(tailOf(values) - average(values)), 3 * deviation(values, 1));
}

function stddevFromMovingAverage({ values }: Input): NaiveVote {
  const weights = new Float64Array(values.length).fill(1);
  for (let i = values.length - 2; i >= 0; i -= 1) weights[i] = weights[i + 1]! * (50 / 51);
  const total = sum(weights);
  const centre = sum(values.map((value, i) => value * weights[i]!)) / total;
  const biased = sum(values.map((value, i) => weights[i]! * (value - centre) ** 2)) / total;
  const correction = total ** 2 / (total ** 2 - sum(weights.map((weight) => weight ** 2)));
  return above(Math.abs(values.at(-1)! - centre), 3 * (values.length < 2 ? NaN : Math.sqrt(biased * correction)));
}

function leastSquares({ timestamps, values }: Input): NaiveVote {
  if (values.length < 3) return never;
  const line = lineThrough(timestamps, values);
  const errors = values.map((value, i) => value - line(timestamps[i]!));
  const [t, spread] = [Math.abs(tailOf(errors)), deviation(errors, 0)];
  const { vote, margin } = above(t, 3 * spread);
  // Where the line goes through all points, only rounding errors are left to compare.
  const nothingLeft = spread < 1e-9 * Math.max(greatest(values), -least(values));
  return { vote: vote === true && spread >= 0.5 && t >= 0.5, margin: nothingLeft ? 0 : Math.min(margin, Math.abs(spread - 0.5), Math.abs(t - 0.5)) };
}

/** The least-squares line, or what is left of it when the solver drops the second singular value of [t, 1]. */
function lineThrough(timestamps: Float64Array, values: Float64Array): (time: number) => number {
  const [meanTime, meanValue] = [average(timestamps), average(values)];
  const away = timestamps.map((time) => time - meanTime);
  const squares = sum(away.map((time) => time ** 2));
  const products = sum(away.map((time, i) => time * (values[i]! - meanValue)));
  if (deviation(timestamps, 0) >= 2 ** -53 * meanTime ** 2 && squares > 0) return (time) => meanValue + (products / squares) * (time - meanTime);
  const multiple = sum(timestamps.map((time, i) => time * values[i]!)) / sum(timestamps.map((time) => time ** 2));
  return (time) => multiple * time;
}

function grubbs({ values }: Input): NaiveVote {
  const count = values.length;
  if (count < 3) return never;
  const t = studentQuantile(0.05 / (2 * count), count - 2);
  const z = (tailOf(values) - average(values)) / deviation(values, 0);
  return above(z, ((count - 1) / Math.sqrt(count)) * Math.sqrt(t ** 2 / (count - 2 + t ** 2)));
}

function histogramBins({ values }: Input): NaiveVote {
  let [low, high] = [least(values), greatest(values)];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Array.from({ length: 16 }, (_, i) => (i === 15 ? high : low + i * ((high - low) / 15)));
  const counts = new Float64Array(15);
  for (const value of values) {
    let bin = 0;
    while (bin < 14 && value >= edges[bin + 1]!) bin += 1;
    counts[bin]! += 1;
  }
  const tail = tailOf(values);
  const vote = counts.some((count, bin) => count <= 20 && (bin === 0 ? tail <= low : tail >= edges[bin]! && tail < edges[bin + 1]!));
  return { vote, margin: Math.min(...edges.map((edge) => Math.abs(tail - edge) / Math.max(high - low, Number.MIN_VALUE))) };
}

function medianAbsoluteDeviation({ values, settings }: Input): NaiveVote {
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const typical = median(distances);
  if (typical === 0) return never;
  const { vote, margin } = above(distances.at(-1)! / typical, 6);
  return { vote: vote === true ? true : settings.dialect === 'etsy' ? null : false, margin };
}

function ksTest({ timestamps, values, now }: Input): NaiveVote {
  const reference = values.filter((_, i) => timestamps[i]! >= now - 3600 && timestamps[i]! < now - 600);
  const probe = values.filter((_, i) => timestamps[i]! >= now - 600);
  if (reference.length < 20 || probe.length < 20) return never;
  const [sortedReference, sortedProbe] = [reference.slice().sort(), probe.slice().sort()];
  const distance = Math.max(...[...reference, ...probe].map((at) => Math.abs(shareUpTo(sortedReference, at) - shareUpTo(sortedProbe, at))));
  if (distance <= 0.5) return { vote: false, margin: 0.5 - distance };
  const { tau, certain } = naiveDickeyFuller([...reference]);
  return { vote: tau < criticalTau, margin: certain ? Math.min(distance - 0.5, Math.abs(tau - criticalTau) / 1e3) : 0 };
}

/** Which part of a sorted list is at most `at`. */
function shareUpTo(sorted: Float64Array, at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}

/** Where MacKinnon's p-value is 0.05: the root of 2.1659 + 1.4412 tau + 0.038269 tau² = -1.6448536... */
const criticalTau = -2.861592763;

const tests: Readonly<Record<string, (input: Input) => NaiveVote>> = {
  first_hour_average: firstHourAverage,
  mean_subtraction_cumulation: meanSubtractionCumulation,
  stddev_from_average: stddevFromAverage,
  stddev_from_moving_average: stddevFromMovingAverage,
  least_squares: leastSquares,
  grubbs,
  histogram_bins: histogramBins,
  median_absolute_deviation: medianAbsoluteDeviation,
  ks_test: ksTest,
};

/** All nine votes, and whether they make the series anomalous. Finite values only. */
export function naiveNine(series: { timestamps: Float64Array; values: Float64Array }, now: number, settings: NaiveSettings): { votes: Record<string, NaiveVote>; anomalous: boolean } {
  const input: Input = { ...series, now, settings };
  const votes = Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, test(input)]));
  return { votes, anomalous: Object.values(votes).filter(({ vote }) => vote === false).length <= 9 - settings.consensus };
}

/** t with P(T > t) = tail, by bisection on the integral of the density (Simpson's rule over the angle t = sqrt(df) tan(angle)). */
export function naiveStudentQuantile(tail: number, df: number): number {
  const integral = (from: number): number => {
    const [steps, until] = [4000, Math.PI / 2];
    const width = (until - from) / steps;
    const at = (i: number): number => Math.cos(from + i * width) ** (df - 1);
    let sum = at(0) + (df === 1 ? 1 : 0);
    for (let i = 1; i < steps; i += 1) sum += (i % 2 === 1 ? 4 : 2) * at(i);
    return (sum * width) / 3;
  };
  const whole = 2 * integral(0);
  let [low, high] = [0, Math.PI / 2];
  for (let round = 0; round < 100; round += 1) {
    const middle = (low + high) / 2;
    if (integral(middle) / whole > tail) low = middle;
    else high = middle;
  }
  return Math.sqrt(df) * Math.tan(low);
}

/**
 * tau of the augmented Dickey-Fuller test (constant, at most ten lags, AIC), each regression solved anew by the normal equations.
 * Not certain where a fit is all but perfect, its columns all but dependent, or two numbers of lags equally good: there rounding decides.
 */
export function naiveDickeyFuller(values: readonly number[]): { tau: number; certain: boolean } {
  if (values.length < 24 || new Set(values).size === 1) return { tau: NaN, certain: true };
  const fits = Array.from({ length: 11 }, (_, lags) => regression(values, lags, 10));
  const criteria = fits.map(({ rows, unexplained }, lags) => rows * Math.log(unexplained) + 2 * (lags + 2));
  const [best, second] = criteria.toSorted((a, b) => a - b);
  const lags = criteria.indexOf(best!);
  const last = regression(values, lags, lags);
  return { tau: last.tau, certain: [last, ...fits].every(({ unexplained, solid }) => unexplained > 1e-6 && solid) && second! - best! > 1e-6 };
}

/** The difference at each instant on [level before, 1, `lags` differences before], on the instants that have `reserved` of them. */
function regression(values: readonly number[], lags: number, reserved: number): { tau: number; rows: number; unexplained: number; solid: boolean } {
  const difference = (at: number): number => values[at]! - values[at - 1]!;
  const instants = values.map((_, at) => at).slice(reserved + 1);
  const centre = values.reduce((a, b) => a + b, 0) / values.length;
  const rows = instants.map((at) => [values[at - 1]! - centre, 1, ...Array.from({ length: lags }, (_, lag) => difference(at - 1 - lag))]);
  const target = instants.map(difference);
  const product = rows[0]!.map((_, i) => rows[0]!.map((__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)));
  const inverse = invert(product);
  const right = rows[0]!.map((_, i) => rows.reduce((sum, row, r) => sum + row[i]! * target[r]!, 0));
  const beta = inverse.map((row) => row.reduce((sum, cell, j) => sum + cell * right[j]!, 0));
  const residual = rows.reduce((sum, row, r) => sum + (target[r]! - row.reduce((fit, cell, j) => fit + cell * beta[j]!, 0)) ** 2, 0);
  return { tau: beta[0]! / Math.sqrt((residual / (rows.length - beta.length)) * inverse[0]![0]!), rows: rows.length, unexplained: residual / target.reduce((total, one) => total + one ** 2, 0), solid: isInverse(product, inverse) };
}

function isInverse(matrix: readonly number[][], inverse: readonly number[][]): boolean {
  return matrix.every((row, i) => inverse.every((_, j) => Math.abs(row.reduce((total, cell, k) => total + cell * inverse[k]![j]!, 0) - (i === j ? 1 : 0)) < 1e-10));
}

/** Gauss-Jordan with partial pivoting. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column += 1) {
    const best = work.slice(column).reduce((found, row, i) => (Math.abs(row[column]!) > Math.abs(work[found]![column]!) ? column + i : found), column);
    [work[column], work[best]] = [work[best]!, work[column]!];
    const pivot = work[column]!.map((cell) => cell / work[column]![column]!);
    work[column] = pivot;
    for (let i = 0; i < size; i += 1) if (i !== column) work[i] = work[i]!.map((cell, j) => cell - work[i]![column]! * pivot[j]!);
  }
  return work.map((row) => row.slice(size));
}
