/** How much the value moves from datapoint to datapoint: the mean step of the last ten or so. */
export const variationLength = 1;

const stepGain = 0.1;

export function followVariation(state: Float64Array, at: number, seen: number, step: number): number {
  return (state[at]! += Math.max(stepGain, 1 / seen) * (step - state[at]!));
}
