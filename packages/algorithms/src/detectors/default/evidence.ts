import { evidenceAt, expectedHighAt, expectedLowAt, heldAt, intervalAt, lastTimeAt, lastValueAt, onsetHighAt, onsetLowAt, peakAt, peakTimeAt } from './layout.js';

/** How a part's evidence counts: what is beyond `ordinary`, times `weight`, at most `most`. */
interface Counted {
  readonly name: string;
  readonly ordinary: number;
  readonly weight: number;
  readonly most: number;
}

/** In the order of the votes. */
export const counted: readonly [Counted, Counted, Counted, Counted, Counted] = [
  { name: 'forecast', ordinary: 0.5, weight: 1, most: 30 },
  { name: 'novelty', ordinary: 2.5, weight: 1.5, most: 9 },
  { name: 'variation', ordinary: 4, weight: 1.5, most: 6 },
  { name: 'flat_line', ordinary: 0, weight: 1, most: 20 },
  { name: 'rhythm', ordinary: 4, weight: 1, most: 6 },
];

/** Evidence that scores 50: what anomaly-free metrics come to about once in three metric-weeks. */
export const alertEvidence = 12.5;

/** Seconds between datapoints at which a probability a datapoint is taken as it is; half as many datapoints need each be half as rare. */
const standardInterval = 300;

/** Below that, oddities last several datapoints each: the rarity asked of one rises by this power of their number. */
const thickening = 1.5;

/**
 * What counts of one part's evidence, -ln of a probability a datapoint; 0 where the part saw nothing. Made a rarity per time by the interval: a part's
 * most is what it may say of five minutes.
 */
export function countedEvidence(part: 0 | 1 | 2 | 3 | 4, evidence: number, interval: number): number {
  if (evidence <= 0) return 0;
  const { ordinary, weight, most } = counted[part];
  const perTime = Math.log(interval / standardInterval);
  const beyond = weight * (evidence + (perTime > 0 ? perTime : 0) - ordinary);
  const told = (beyond < most ? beyond : most) + (perTime < 0 ? thickening * weight * perTime : 0);
  return told > 0 ? told : 0;
}

/** 0 to 100: 50 at `alertEvidence`, 25 at 0.58 times it, 75 at 1.73 times. */
export function scoreOf(evidence: number): number {
  return (100 * evidence * evidence) / (evidence * evidence + alertEvidence * alertEvidence);
}

const heldRows = 200;
const heldSeconds = 1.7 * 86_400;
const newsMargin = 2;
const peakSeconds = 14 * 86_400;

/**
 * The score if the evidence in the state is news, else 0. What was the highest evidence so far is held, and fades over 200 datapoints or 1.7 days,
 * whichever is longer; news exceeds it by 2.
 */
export function newsOf(state: Float64Array): number {
  const evidence = state[evidenceAt]!;
  const held = state[heldAt]! * Math.exp(-1 / Math.max(heldRows, heldSeconds / state[intervalAt]!));
  state[heldAt] = evidence > held ? evidence : held;
  if (evidence > state[peakAt]! || state[lastTimeAt]! - state[peakTimeAt]! > peakSeconds) {
    state[peakAt] = evidence;
    state[peakTimeAt] = state[lastTimeAt]!;
  }
  return evidence > held + newsMargin ? scoreOf(evidence) : 0;
}

/** Evidence from which on an oddity is remembered: it scores 25. */
export const onsetEvidence = alertEvidence / Math.sqrt(3);

/**
 * Whether an oddity goes on: since it began the value has not been back in the range expected then, and the slow level has not come to it yet. After
 * that it is a new normal.
 */
export function followOnset(state: Float64Array, isUnsettled: boolean): void {
  const value = state[lastValueAt]!;
  if (isOngoing(state)) {
    // The jump back is as high as the one there, and opens nothing.
    if (!isUnsettled || (value >= state[onsetLowAt]! && value <= state[onsetHighAt]!)) endOnset(state);
    return;
  }
  if (state[evidenceAt]! < onsetEvidence) return;
  if (value >= state[expectedLowAt]! && value <= state[expectedHighAt]!) return;
  state[onsetLowAt] = state[expectedLowAt]!;
  state[onsetHighAt] = state[expectedHighAt]!;
}

/** The evidence now, or what is held of that with which an oddity began that goes on. */
export const levelEvidence = (state: Float64Array): number => (isOngoing(state) ? Math.max(state[evidenceAt]!, state[heldAt]!) : state[evidenceAt]!);

/** Whether an oddity goes on, see `followOnset`. */
export const isOngoing = (state: Float64Array): boolean => state[onsetLowAt] !== state[onsetHighAt];

function endOnset(state: Float64Array): void {
  state[onsetLowAt] = 0;
  state[onsetHighAt] = 0;
}
