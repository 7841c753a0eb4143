/**
 * Values less their mean, over their population standard deviation: the shape without height or level. A flat curve is all zeros.
 *
 * @example zNormalise([1, 3]) // [-1, 1]
 */
export function zNormalise(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  const centred = values.map((value) => value - mean);
  const deviation = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / (values.length || 1));
  return deviation <= Math.abs(mean) * 1e-12 ? values.map(() => 0) : centred.map((value) => value / deviation);
}
