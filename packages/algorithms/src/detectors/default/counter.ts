/**
 * Tells counters from gauges and turns counters into rates per second.
 *
 * A series is taken for a counter as long as it only rises. One that has risen often enough may fall to at most half of itself (a reset) once per
 * `risesPerReset` rises, and now and then by accident; any other fall shows it to be a gauge. That is looked at once
 * more after the first `reviewed` datapoints, as a counter may be reset within them; then it is for good.
 */
const [gauge, rises, resets, falls] = [0, 1, 2, 3];

export const counterLength = 4;

const surelyRises = 30;
const reviewed = 60;
const mostFallsAtReview = 2;
const risesPerReset = 20;
const fallDecay = 0.98;
const mostFalls = 2.5;

/** What a datapoint is to the parts: a value to judge, nothing to judge (a counter's first or after a reset), or proof that all before was misread. */
export const nothing = 0;
export const judged = 1;
export const misread = 2;
export type Reading = typeof nothing | typeof judged | typeof misread;

/** Reads a value that came after `previous`; `seen` counts the datapoints, this one included. */
export function readCounter(state: Float64Array, at: number, seen: number, previous: number, value: number): Reading {
  if (state[at + gauge] === 1) return review(state, at, seen, value > previous);
  if (seen === 1) return nothing;
  state[at + falls]! *= fallDecay;
  if (value >= previous) {
    if (value > previous) state[at + rises]! += 1;
    return judged;
  }
  const isCounter = state[at + rises]! >= surelyRises && state[at + rises]! >= seen / 2 && state[at + rises]! >= risesPerReset * (state[at + resets]! + 1);
  if (isCounter && value >= 0 && value <= previous / 2) {
    state[at + resets]! += 1;
    return nothing;
  }
  if (isCounter && (state[at + falls]! += 1) < mostFalls) return nothing;
  state[at + gauge] = 1;
  return misread;
}

function review(state: Float64Array, at: number, seen: number, rose: boolean): Reading {
  if (seen > reviewed) return judged;
  if (rose) state[at + rises]! += 1;
  if (seen < reviewed || state[at + rises]! < reviewed - 1 - mostFallsAtReview) return judged;
  state[at + gauge] = 0;
  return misread;
}

/** Whether the metric was shown to be a gauge: until then its rate is judged. */
export const gaugeAfter = (state: Float64Array, at: number): boolean => state[at + gauge] === 1;
