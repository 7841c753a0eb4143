/** A search written straight from interface.md, sections 4 and 5: every candidate, every cell, no bound, no abandoning, everything sorted. */

export interface NaiveCandidate {
  readonly metric: string;
  readonly id?: string;
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

export type NaiveDistance = (query: readonly number[], candidate: readonly number[]) => number;

export function naiveSearch(query: Pick<NaiveCandidate, 'timestamps' | 'values'>, candidates: readonly NaiveCandidate[], distance: NaiveDistance) {
  const length = Math.min(512, query.values.length);
  const shape = shapeOf(query, length)!;
  return candidates.flatMap((candidate) => {
    const other = shapeOf(candidate, length);
    return other === null ? [] : [{ metric: candidate.metric, id: candidate.id, distance: distance(shape, other) }];
  }).sort((a, b) => a.distance - b.distance || (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0));
}

export const naiveEuclidean: NaiveDistance = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

export function naiveBandedDtw(band: number): NaiveDistance {
  return (a, b) => {
    const radius = Math.ceil(band * a.length);
    const cells = a.map(() => b.map(() => Infinity));
    const at = (i: number, j: number): number => (i < 0 && j < 0 ? 0 : cells[i]?.[j] ?? Infinity);
    a.forEach((x, i) => b.forEach((y, j) => {
      if (Math.abs(i - j) <= radius) cells[i]![j] = (x - y) ** 2 + Math.min(at(i - 1, j - 1), at(i - 1, j), at(i, j - 1));
    }));
    return Math.sqrt(at(a.length - 1, b.length - 1));
  };
}

/** Linear in time at even instants, then mean 0 and population deviation 1; null when flat or of one point. */
function shapeOf({ timestamps, values }: Pick<NaiveCandidate, 'timestamps' | 'values'>, length: number): number[] | null {
  if (values.length < 2) return null;
  const [first, last] = [timestamps[0]!, timestamps[timestamps.length - 1]!];
  const points = Array.from({ length }, (_, k) => {
    const instant = k === length - 1 ? last : first + ((last - first) * k) / (length - 1);
    const right = Math.max(1, timestamps.findIndex((timestamp) => timestamp >= instant));
    const part = (instant - timestamps[right - 1]!) / (timestamps[right]! - timestamps[right - 1]!);
    return values[right - 1]! + part * (values[right]! - values[right - 1]!);
  });
  const mean = points.reduce((sum, point) => sum + point, 0) / length;
  const deviation = Math.sqrt(points.reduce((sum, point) => sum + (point - mean) ** 2, 0) / length);
  return deviation < 1e-9 ? null : points.map((point) => (point - mean) / deviation);
}
