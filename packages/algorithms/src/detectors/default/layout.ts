import { counterLength } from './counter.js';
import { departureLength } from './departure.js';
import { flatLineLength } from './flat-line.js';
import { forecastsLength } from './forecasts.js';
import { intervalLength } from './interval.js';
import { noveltyLength } from './novelty.js';
import { tailLength } from './tail.js';
import { variationLength } from './variation.js';

/** Where what lies in the state of the default detector. First what any datapoint sets, then the parts. */
export const rowsAt = 0;
/** Datapoints that were judged: of a counter one less than there are, and none of those that a misreading cost. */
export const seenAt = 1;
export const firstTimeAt = 2;
export const lastTimeAt = 3;
export const lastRawAt = 4;
/** The value that was judged: a gauge's difference from its reference, or a counter's rate per second. */
export const lastValueAt = 5;
export const heldAt = 6;
export const evidenceAt = 7;
export const scoreAt = 8;
/** Evidence of the five parts, as it went into the sum. */
export const partsAt = 9;
export const expectedLowAt = 14;
export const expectedHighAt = 15;
/** The highest evidence of the last 14 days or so, and its time. */
export const peakAt = 16;
export const peakTimeAt = 17;
/** A gauge's first value: what is judged is the difference from it, so that a metric's level costs no precision. */
export const referenceAt = 18;
/** What was expected when the oddity began that goes on, as judged values; low = high: none does. */
export const onsetLowAt = 19;
export const onsetHighAt = 20;
export const intervalAt = 21;
export const counterAt = intervalAt + intervalLength;
export const riseTailAt = counterAt + counterLength;
export const fallTailAt = riseTailAt + tailLength;
export const variationAt = fallTailAt + tailLength;
export const variationTailAt = variationAt + variationLength;
export const rhythmTailAt = variationTailAt + tailLength;
export const departureAt = rhythmTailAt + tailLength;
export const flatLineAt = departureAt + departureLength;
export const forecastsAt = flatLineAt + flatLineLength;
export const noveltyAt = forecastsAt + forecastsLength;
export const stateLength = noveltyAt + noveltyLength;
