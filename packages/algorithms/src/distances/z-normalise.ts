/** A spread below this part of the largest magnitude is rounding noise, not a shape. */
const flatBelow = 1e-12;
/** Beyond these magnitudes squares overflow or vanish, so the values are scaled first. */
const squarable = { low: 1e-140, high: 1e140 };

/**
 * Values less their mean, divided by their population standard deviation: what search compares, so that level and height do not count.
 *
 * @param values finite, any length
 * @returns a new column of mean 0 and standard deviation 1, or null where there is no shape: constant (deviation below 1e-12 of the largest magnitude) or empty
 * @example zNormalise(Float64Array.of(1, 2, 3)) // [-1.2247, 0, 1.2247]
 */
export function zNormalise(values: Float64Array): Float64Array | null {
  const largest = magnitude(values);
  if (largest === 0) return null;
  const scale = largest > squarable.high || largest < squarable.low ? largest : 1;
  const mean = meanOf(values, scale);
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) squares += (values[i]! / scale - mean) ** 2;
  const deviation = Math.sqrt(squares / values.length);
  if (!(deviation > flatBelow * (largest / scale))) return null;
  const normal = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) normal[i] = (values[i]! / scale - mean) / deviation;
  return normal;
}

function magnitude(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

function meanOf(values: Float64Array, scale: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]! / scale;
  return sum / values.length;
}
