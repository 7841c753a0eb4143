/**
 * How much further a metric keeps from its course of day and week than on the days before.
 *
 * Datapoints that follow each other are off their course together, so a tail of them takes one slow incident for many, and learns it before it is told. Here
 * a day is one observation: the logarithm of the furthest that the metric was off on it. Today's is compared with the mean and the spread of those.
 */
const [day, furthest, days, meanLog, squareLog] = [0, 1, 2, 3, 4];

export const departureLength = 5;

const daySeconds = 86_400;
/** A day begins with this share of the furthest of the one before: what is being learned is not told again. */
const carriedOver = 0.8;
const fewestDays = 3;
const dayGain = 0.1;
/** Days nearer to the course than usual count more: once the week is known, the days before are no measure. */
const nearerGain = 0.35;
/** The days before the course was known weigh less the more there are after them. */
const earlyGain = 3;
/** A day counts at most as many spreads above the mean: an incident does not hide the next. */
const mostSpreads = 4;
/** Days differ by at least a fifth; that is also what the first days are taken to differ by, as if two had been seen. */
const leastSpread = 0.2;
const supposedDays = 2;
const ordinarySpreads = 2;
const evidencePerSpread = 8;
const mostEvidence = 14;

/**
 * Takes in how far the metric is `off` its course (>= 0, 0: unknown) at an `age` in seconds; evidence of 0 to 14, while it goes further than it did that day;
 * 0 before three days are known. By itself enough for an alert from the tenth day on.
 *
 * @example departureEvidence(state, at, 0.3, 9.5 * 86_400) // 12.6, where the furthest of each of nine days was 0.1
 */
export function departureEvidence(state: Float64Array, at: number, off: number, age: number): number {
  const today = Math.floor(age / daySeconds) + 1;
  if (today !== state[at + day]!) {
    if (state[at + furthest]! > 0) learnDay(state, at, Math.log(state[at + furthest]!));
    state[at + day] = today;
    state[at + furthest]! *= carriedOver;
  }
  if (off <= state[at + furthest]!) return 0;
  state[at + furthest] = off;
  const known = state[at + days]!;
  if (known < fewestDays) return 0;
  const spreads = (Math.log(off) - state[at + meanLog]!) / spreadOf(state, at);
  const evidence = evidencePerSpread * (spreads - ordinarySpreads);
  return evidence > 0 ? (Math.min(evidence, mostEvidence) * known) / (known + 1) : 0;
}

function learnDay(state: Float64Array, at: number, log: number): void {
  const most = state[at + days]! >= fewestDays - 1 ? state[at + meanLog]! + mostSpreads * spreadOf(state, at) : Infinity;
  const counted = log < most ? log : most;
  const gain = Math.max(counted < state[at + meanLog]! ? nearerGain : dayGain, earlyGain / ((state[at + days]! += 1) + earlyGain - 1));
  state[at + meanLog]! += gain * (counted - state[at + meanLog]!);
  state[at + squareLog]! += gain * (counted * counted - state[at + squareLog]!);
}

function spreadOf(state: Float64Array, at: number): number {
  const known = state[at + days]!;
  const variance = Math.max(0, state[at + squareLog]! - state[at + meanLog]! * state[at + meanLog]!);
  const least = leastSpread * leastSpread;
  return Math.sqrt((known * variance + supposedDays * least) / (known + supposedDays) + least);
}
