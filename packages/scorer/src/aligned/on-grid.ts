export interface GridOptions {
  /** A time on the grid. */
  readonly origin: number;
  /** Seconds from one point to the next. */
  readonly step: number;
}

/**
 * A series at the points of a grid, on the lines between its datapoints; as far as its data reach, and one resolution (or one step) beyond
 * at either end, where the nearest value stands.
 *
 * @returns `first`: number of the first point, counted from the origin; null for fewer than two datapoints or points
 */
export function onGrid({ timestamps, values }: { timestamps: Float64Array; values: Float64Array }, { origin, step }: GridOptions): { first: number; points: Float64Array } | null {
  const count = timestamps.length;
  if (count < 2) return null;
  const [start, end] = [timestamps[0]!, timestamps[count - 1]!];
  const slack = Math.max(step, (end - start) / (count - 1));
  const first = Math.ceil((start - slack - origin) / step - 1e-9);
  const last = Math.floor((end + slack - origin) / step + 1e-9);
  if (last - first < 1) return null;
  const points = new Float64Array(last - first + 1);
  let left = 0;
  for (let k = 0; k < points.length; k += 1) {
    const instant = origin + (first + k) * step;
    while (left + 2 < count && timestamps[left + 1]! <= instant) left += 1;
    const part = Math.min(1, Math.max(0, (instant - timestamps[left]!) / (timestamps[left + 1]! - timestamps[left]!)));
    points[k] = values[left]! * (1 - part) + values[left + 1]! * part;
  }
  return { first, points };
}
