/** Distances looked at; a long series has the same resolution in a sample of them. */
const mostLookedAt = 1001;

/**
 * The median time between neighbouring datapoints, in seconds; of evenly chosen neighbours when there are many. null below two datapoints.
 *
 * @example resolutionOf(Float64Array.of(0, 10, 20, 90)) // 10
 */
export function resolutionOf(timestamps: Float64Array): number | null {
  const distances = timestamps.length - 1;
  if (distances < 1) return null;
  const looked = Math.min(distances, mostLookedAt);
  const sample = Float64Array.from({ length: looked }, (_, i) => {
    const at = Math.floor((i * distances) / looked);
    return (timestamps[at + 1] as number) - (timestamps[at] as number);
  }).sort();
  return sample[(looked - 1) >> 1] ?? null;
}
