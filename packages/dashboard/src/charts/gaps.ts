/**
 * The distance between neighbours above which nothing was measured in between: three times the usual (median) distance, seconds.
 * Infinity for fewer than three timestamps.
 */
export function gapSecondsOf(timestamps: readonly number[]): number {
  if (timestamps.length < 3) return Number.POSITIVE_INFINITY;
  const steps: number[] = [];
  for (let i = 1; i < timestamps.length; i++) steps.push((timestamps[i] as number) - (timestamps[i - 1] as number));
  steps.sort((a, b) => a - b);
  return 3 * (steps[steps.length >> 1] as number);
}

/** Index ranges [start, end) of points without a gap between them. */
export function runsOf(timestamps: readonly number[]): [number, number][] {
  const longest = gapSecondsOf(timestamps);
  const runs: [number, number][] = [];
  let start = 0;
  for (let i = 1; i <= timestamps.length; i++) {
    const broken = i === timestamps.length || (timestamps[i] as number) - (timestamps[i - 1] as number) > longest;
    if (!broken) continue;
    runs.push([start, i]);
    start = i;
  }
  return runs;
}

type Column = readonly number[];
type Gapped = (number | null)[];

/** Columns with a null wherever there is a gap, halfway in time, so that a chart breaks its line there. */
export function withGaps(timestamps: Column, columns: readonly Column[]): { timestamps: number[]; columns: Gapped[] } {
  const times: number[] = [];
  const gapped: Gapped[] = columns.map(() => []);
  for (const [start, end] of runsOf(timestamps)) {
    if (start > 0) {
      times.push(((timestamps[start - 1] as number) + (timestamps[start] as number)) / 2);
      for (const column of gapped) column.push(null);
    }
    for (let i = start; i < end; i++) {
      times.push(timestamps[i] as number);
      columns.forEach((column, c) => gapped[c]?.push(column[i] ?? null));
    }
  }
  return { timestamps: times, columns: gapped };
}
