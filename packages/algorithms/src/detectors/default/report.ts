import type { DetectorReport, Range } from '@skylark/core';
import { phrase } from '../phrase.js';
import type { StreamReport } from '../stream-detector.js';
import { gaugeAfter } from './counter.js';
import { alertEvidence, counted, isOngoing, onsetEvidence } from './evidence.js';
import { runOf } from './flat-line.js';
import { counterAt, evidenceAt, expectedHighAt, expectedLowAt, firstTimeAt, flatLineAt, intervalAt, lastRawAt, lastTimeAt, lastValueAt, onsetHighAt, onsetLowAt, partsAt, peakAt, peakTimeAt, referenceAt, scoreAt, seenAt } from './layout.js';

export const parts: readonly string[] = counted.map(({ name }) => name);

/** A part votes yes from a quarter of the evidence of an alert on: four of them could make one together. */
const votingEvidence = alertEvidence / 4;
const fewestForRange = 60;

/** What the newest datapoint was to the parts, in figures and in one sentence. */
export function reportOf(state: Float64Array): StreamReport {
  const expected = expectedOf(state);
  const value = judgedValue(state);
  const detectors = parts.map((name, part) => partReport(state, name, part, expected));
  const direction = expected === null || (value >= expected.low && value <= expected.high) ? null : value > expected.high ? 'up' : 'down';
  return { score: state[scoreAt]!, expected: inRawUnit(state, expected), direction, detectors, explanation: sentence(state, expected, detectors) };
}

/** In the metric's unit, or a counter's per second. */
const judgedValue = (state: Float64Array): number => state[lastValueAt]! + state[referenceAt]!;

/** While an oddity goes on, what was expected when it began: forecasts follow it, and what follows it says nothing of how odd it is. */
function expectedOf(state: Float64Array): Range | null {
  const [lowAt, highAt] = isOngoing(state) ? [onsetLowAt, onsetHighAt] : [expectedLowAt, expectedHighAt];
  const [low, high] = [state[lowAt]! + state[referenceAt]!, state[highAt]! + state[referenceAt]!];
  return state[seenAt]! > fewestForRange && Number.isFinite(low) && Number.isFinite(high) ? { low, high } : null;
}

/** A counter's range is one of rates: as a range of the counter it would have to be added to where it was; so it has none. */
const inRawUnit = (state: Float64Array, expected: Range | null): Range | null => (gaugeAfter(state, counterAt) ? expected : null);

function partReport(state: Float64Array, name: string, part: number, expected: Range | null): DetectorReport {
  const statistic = state[partsAt + part]!;
  const words = statistic === 0 ? quietWords[part]! : wordsOf(state, part, expected);
  return { name, vote: statistic >= votingEvidence, statistic, threshold: votingEvidence, explanation: `${words[0]!.toUpperCase()}${words.slice(1)}: evidence ${phrase(statistic)}, of ${phrase(votingEvidence)} for a vote.` };
}

const quietWords = ['the value is as forecast', 'the recent course is like others before', 'it moves as usual', 'it does not stand still unusually long', 'it keeps to its daily and weekly course'];

function wordsOf(state: Float64Array, part: number, expected: Range | null): string {
  if (part === 0) return expected === null ? 'the value is unlike every forecast' : `it is ${sideOf(judgedValue(state), expected)} every forecast (${rangeInWords(expected)})`;
  if (part === 1) return 'its recent course is like none before';
  if (part === 2) return 'it moves more from datapoint to datapoint than usual';
  if (part === 4) return 'it has left its daily and weekly course';
  const run = runOf(state, flatLineAt);
  return `the same value came ${run.length + 1} times in a row, where ${Math.round(run.longest) + 1} was the most before`;
}

const sideOf = (value: number, { low, high }: Range): string => (value > high ? 'above' : value < low ? 'below' : 'at the edge of');
const rangeInWords = ({ low, high }: Range): string => `${rounded(low)} to ${rounded(high)} expected`;
const rounded = (value: number): string => String(Number(value.toPrecision(3)));

/** "412, 38 to 60 expected: it is above every forecast; its recent course is like none before; the oddest in 14 days." */
function sentence(state: Float64Array, expected: Range | null, detectors: readonly DetectorReport[]): string {
  const counter = !gaugeAfter(state, counterAt);
  const value = counter ? `${phrase(judgedValue(state))} a second (a counter, at ${phrase(state[lastRawAt]!)})` : phrase(state[lastRawAt]!);
  if (state[seenAt]! <= fewestForRange) return `${value}: too little is known of this metric yet.`;
  const told = expected === null ? value : `${value}, ${rangeInWords(expected)}`;
  const reasonOf = (part: number): string => (part === 0 && expected !== null ? `${sideOf(judgedValue(state), expected)} every forecast` : wordsOf(state, part, expected));
  const reasons = detectors.flatMap(({ vote }, part) => (vote === true ? [reasonOf(part)] : []));
  if (reasons.length > 0) return `${told}: ${reasons.join('; ')}${rank(state)}.`;
  // No part is sure by itself, and together they may be.
  const strongest = detectors.reduce((best, { statistic }, part) => (statistic! > detectors[best]!.statistic! ? part : best), 0);
  return state[evidenceAt]! < onsetEvidence ? `${told}: nothing odd.` : `${told}: a little odd in several ways, most of all ${reasonOf(strongest)}${rank(state)}.`;
}

/** "; the oddest in 14 days", counted in what the metric's memory reaches; or when it was odder: "; odder 3 h ago". */
function rank(state: Float64Array): string {
  const now = state[lastTimeAt]!;
  if (state[evidenceAt]! < state[peakAt]! || state[peakTimeAt] !== now) return state[peakAt]! > state[evidenceAt]! ? `; odder ${ago(now - state[peakTimeAt]!)} ago` : '';
  const days = Math.min(14, (now - state[firstTimeAt]!) / 86_400);
  if (days >= 2) return `; the oddest in ${Math.floor(days)} days`;
  return state[intervalAt]! > 0 ? `; the oddest of ${state[seenAt]!} datapoints` : '';
}

function ago(seconds: number): string {
  if (seconds < 2 * 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
