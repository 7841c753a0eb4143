export type Scale = (value: number) => number;

/** The least and greatest of some columns; null without a finite value. */
export function extentOf(...columns: (readonly (number | null)[] | undefined)[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (const value of column ?? []) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** An extent with room above and below, a share of it each; one value gets room of its own size, so that it lies in the middle. */
export function padded([low, high]: readonly [number, number], share = 0.08): [number, number] {
  const room = high > low ? (high - low) * share : Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/**
 * The extent stretched to hold a range, but by no more than half of itself at each side: an expected range far wider than the
 * data must not press the data flat.
 */
export function stretched([low, high]: readonly [number, number], range: { low: number; high: number } | null): [number, number] {
  if (range === null) return [low, high];
  const most = (high - low || Math.abs(high) || 1) / 2;
  return [Math.max(Math.min(low, range.low), low - most), Math.min(Math.max(high, range.high), high + most)];
}

/** Maps [low, high] to [start, end] linearly; an empty domain to the middle. */
export function linear([low, high]: readonly [number, number], start: number, end: number): Scale {
  const factor = high > low ? (end - start) / (high - low) : 0;
  return factor === 0 ? () => (start + end) / 2 : (value) => start + (value - low) * factor;
}
