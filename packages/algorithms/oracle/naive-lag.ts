export interface NaiveLag {
  /** The query's columns, a phase each. */
  readonly columns: readonly (readonly number[])[];
  /** What the series has at the instants from that of the query's first point at shift 0, by number; NaN where it has nothing. */
  readonly valueAt: (instant: number) => number;
  /** Instants looked at, both included. */
  readonly oldest: number;
  readonly newest: number;
  readonly shiftFrom: number;
  readonly shiftTo: number;
  readonly leastOverlap: number;
  readonly coveredTo: number;
  readonly level: boolean;
  readonly height: boolean;
  readonly mirrored: boolean;
  readonly smoothing: number;
}

/** Root of the least mean squared distance over all shifts, phases and sides: from the definition, one stretch after the other. */
export function naiveLag(lag: NaiveLag): number {
  const { columns, oldest, newest, shiftFrom, shiftTo, leastOverlap, coveredTo } = lag;
  const values = filled(lag);
  let best = Infinity;
  for (let shift = shiftFrom; shift <= shiftTo; shift += 1) {
    for (const column of columns) {
      const meets = column.flatMap((value, i) => (i + shift >= oldest && i + shift <= newest && values.has(i + shift) ? [{ i, a: value, b: values.get(i + shift)! }] : []));
      if (meets.length < leastOverlap || (meets.at(-1)?.i ?? -1) + 1 < coveredTo) continue;
      const [a, b] = [normal(meets.map((one) => one.a), lag), normal(meets.map((one) => one.b), lag)];
      if (a === null || b === null) continue;
      for (const sign of lag.mirrored ? [1, -1] : [1]) best = Math.min(best, a.reduce((sum, value, k) => sum + (sign * value - b[k]!) ** 2, 0) / a.length);
    }
  }
  return Math.sqrt(best);
}

/** Gaps bridged from the first to the last value there is, then smoothed. */
function filled({ valueAt, oldest, newest, smoothing }: NaiveLag): Map<number, number> {
  const instants = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, k) => oldest + k);
  const known = instants.filter((instant) => !Number.isNaN(valueAt(instant)));
  const line = new Map(instants.flatMap((instant): [number, number][] => {
    const left = known.findLast((one) => one <= instant);
    const right = known.find((one) => one >= instant);
    if (left === undefined || right === undefined) return [];
    return [[instant, left === right ? valueAt(left) : valueAt(left) + ((valueAt(right) - valueAt(left)) * (instant - left)) / (right - left)]];
  }));
  const reach = Math.floor(smoothing / 2);
  return new Map([...line.keys()].map((instant) => {
    const near = [...line].filter(([other]) => Math.abs(other - instant) <= reach).map(([, value]) => value);
    return [instant, near.reduce((sum, value) => sum + value, 0) / near.length];
  }));
}

function normal(values: readonly number[], { level, height }: NaiveLag): number[] | null {
  const mean = level ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
  const root = height ? Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) : 1;
  return root > 0 ? values.map((value) => (value - mean) / root) : null;
}
