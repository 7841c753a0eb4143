import { naiveSearch } from './naive-search.js';
import type { NaiveCandidate, NaiveDistance } from './naive-search.js';

/** The columns of the live index written straight from docs/adr/008: values on the lines between datapoints at multiples of window / (length - 1), the last one 15 s before the end. */
export function naiveLiveColumn({ timestamps, values }: Pick<NaiveCandidate, 'timestamps' | 'values'>, { until, windowSeconds, length }: { until: number; windowSeconds: number; length: number }): number[] | null {
  const step = windowSeconds / (length - 1);
  const end = Math.floor((until - 15) / step);
  const known: number[] = [];
  for (let grid = end - length + 1; grid <= end; grid += 1) {
    const right = timestamps.findIndex((timestamp) => timestamp >= grid * step);
    if (right <= 0) continue;
    const part = (grid * step - timestamps[right - 1]!) / (timestamps[right]! - timestamps[right - 1]!);
    known.push(values[right - 1]! + part * (values[right]! - values[right - 1]!));
  }
  return known.length < 2 ? null : stretched(known, length);
}

function stretched(values: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, k) => {
    const place = ((values.length - 1) * k) / (length - 1);
    const left = Math.min(values.length - 2, Math.floor(place));
    return values[left]! + (values[left + 1]! - values[left]!) * (place - left);
  });
}

/** A live search over such columns. */
export function naiveLiveSearch(query: NaiveCandidate, candidates: readonly NaiveCandidate[], options: { until: number; windowSeconds: number; length: number; distance: NaiveDistance }) {
  const asColumn = (one: NaiveCandidate): NaiveCandidate[] => {
    const column = naiveLiveColumn(one, options);
    return column === null ? [] : [{ metric: one.metric, timestamps: column.map((_, i) => i), values: column }];
  };
  return naiveSearch(asColumn(query)[0]!, candidates.flatMap(asColumn), options.distance);
}
