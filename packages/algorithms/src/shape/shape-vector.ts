import { resample } from '../distances/resample.js';
import { zNormalise } from '../distances/z-normalise.js';

/** Means of a shape vector. */
export const shapeVectorLength = 32;
/** Points a mean is taken over, at most: 2,048 points in all. */
const mostPerSegment = 64;

/**
 * The coarse shape of a series: means of 32 equal segments of the resampled, z-normalised values, scaled to unit length. For finding
 * candidates by Euclidean distance of vectors (Keogh's piecewise aggregate approximation); exact ranking comes after.
 *
 * @param timestamps seconds, strictly ascending
 * @param values as many, finite
 * @returns 32 numbers; all zero for a series without a shape (flat, or fewer than 2 datapoints) or one that the means level out
 */
export function shapeVector(timestamps: Float64Array, values: Float64Array): Float32Array {
  const vector = new Float32Array(shapeVectorLength);
  if (values.length < 2) return vector;
  const perSegment = Math.min(mostPerSegment, Math.ceil(values.length / shapeVectorLength));
  const points = zNormalise(resample(timestamps, values, shapeVectorLength * perSegment));
  if (points === null) return vector;
  const means = Float64Array.from(vector, (_, segment) => meanOf(points, segment * perSegment, perSegment));
  const norm = Math.hypot(...means);
  return norm < 1e-9 ? vector : Float32Array.from(means, (mean) => mean / norm);
}

function meanOf(points: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i += 1) sum += points[i]!;
  return sum / count;
}
