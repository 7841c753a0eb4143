/** How unlikely it is that a value repeats for as long as it does. */
const [changeShare, run, longestRun] = [0, 1, 2];

export const flatLineLength = 3;

const shareGain = 1 / 2000;
const shareWeight = 20;
const leastRun = 4;
const timesLongest = 2;
const forgetting = 0.9999;
const leastRepeatShare = 1e-3;
const mostEvidence = 16;

/**
 * -ln of the probability of a run of repeated values as long as this one, were repeats independent; 0 unless the run is more than twice as long as any
 * before and three. Quiet nights, plateaus and metrics of few values have long runs of their own, and a metric that was always flat is no news.
 */
export function flatLineEvidence(state: Float64Array, at: number, seen: number, repeats: boolean): number {
  state[at + longestRun]! *= forgetting;
  if (!repeats && state[at + run]! > state[at + longestRun]!) state[at + longestRun] = state[at + run]!;
  const length = (state[at + run] = repeats ? state[at + run]! + 1 : 0);
  const repeatShare = 1 - state[at + changeShare]!;
  if (seen > 1) state[at + changeShare]! += Math.max(shareGain, 1 / (seen + shareWeight)) * ((repeats ? 0 : 1) - state[at + changeShare]!);
  if (length < leastRun || length <= timesLongest * state[at + longestRun]! + 3) return 0;
  const evidence = -length * Math.log(Math.max(repeatShare, leastRepeatShare));
  return evidence < mostEvidence ? evidence : mostEvidence;
}

/** The present run and the longest before it, in repeats. */
export const runOf = (state: Float64Array, at: number): { readonly length: number; readonly longest: number } => ({ length: state[at + run]!, longest: state[at + longestRun]! });
