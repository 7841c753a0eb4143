/** The typical interval between datapoints, seconds: a running median by small factors, which a pause hardly moves and a new resolution does in time. */
export const intervalLength = 1;

const leastGain = 0.02;
/** Anything shorter is taken as this. */
const shortest = 1e-6;

export function followInterval(state: Float64Array, at: number, seen: number, elapsed: number): number {
  const known = state[at]!;
  if (known === 0) return (state[at] = Math.max(shortest, elapsed));
  const gain = Math.max(leastGain, 0.5 / (seen - 1));
  return (state[at] = elapsed > known ? Math.min(elapsed, known * (1 + gain)) : Math.max(shortest, elapsed, known * (1 - gain)));
}
