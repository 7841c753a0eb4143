/**
 * The greatest step that all differences of a column of integers are multiples of: 4,096 for memory in pages, 5 for halves kept as tenths.
 * 1 where there is none, or no difference at all. Ends after a few numbers where it is 1.
 */
export function commonStep(integers: Float64Array): number {
  let step = 0;
  for (let i = 1; i < integers.length && step !== 1; i += 1) step = greatestDivisor(Math.abs(integers[i]! - integers[i - 1]!), step);
  return step === 0 ? 1 : step;
}

function greatestDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small !== 0) [large, small] = [small, large % small];
  return large;
}
