/**
 * A series at `length` even instants from its first to its last datapoint, by linear interpolation in time.
 *
 * Misleads where a series is much denser than `length` (peaks between two instants are lost) and across long gaps (a straight line).
 *
 * @param timestamps seconds, strictly ascending, at least one
 * @param values as many
 * @param length at least 1; 1 gives the first value
 * @example resample(Float64Array.of(0, 10, 30), Float64Array.of(0, 1, 5), 4) // [0, 1, 3, 5]
 */
export function resample(timestamps: Float64Array, values: Float64Array, length: number): Float64Array {
  const points = new Float64Array(length);
  const end = timestamps.length - 1;
  const first = timestamps[0]!;
  const span = timestamps[end]! - first;
  let left = 0;
  for (let k = 0; k < length; k += 1) {
    const instant = k === 0 ? first : first + (span * k) / (length - 1);
    while (left + 1 < end && timestamps[left + 1]! <= instant) left += 1;
    points[k] = end === 0 ? values[0]! : between(timestamps, values, left, instant);
  }
  if (length > 1) points[length - 1] = values[end]!;
  return points;
}

function between(timestamps: Float64Array, values: Float64Array, left: number, instant: number): number {
  const part = (instant - timestamps[left]!) / (timestamps[left + 1]! - timestamps[left]!);
  const low = values[left]!;
  const high = values[left + 1]!;
  // The plain form is exact for equal neighbours; the weighted one survives neighbours whose difference overflows.
  const difference = high - low;
  return Number.isFinite(difference) ? low + difference * part : low * (1 - part) + high * part;
}

/** The same for values at even spacing: `length` points from the first to the last. */
export function resampleEven(values: Float64Array, length: number): Float64Array {
  if (values.length === length) return values.slice();
  return resample(Float64Array.from(values, (_, i) => i), values, length);
}
