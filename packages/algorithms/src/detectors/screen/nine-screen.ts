import type { EnsembleSettings } from '../ensemble/ensemble-settings.js';
import { enabledDetectors } from '../ensemble/ensemble-settings.js';
import { criticalGrubbs } from '../nine/grubbs.js';
import { type Merged, mergeBuckets, type Sums, withDatapoint, withNewest } from './merge-buckets.js';
import { pushDatapoint } from './push-datapoint.js';
import { at, binSeconds, screenStateLength } from './screen-layout.js';

/** Says cheaply that a series cannot be anomalous to the nine; one per settings, states per metric. */
export interface NineScreen {
  /** Doubles of state a metric; all zeroes is fresh. */
  readonly stateLength: number;
  /** Takes a datapoint, O(1), in place; false (and nothing changed) unless its timestamp is above the last. */
  readonly push: (state: Float64Array, timestamp: number, value: number) => boolean;
  /** The newest datapoint taken; null of a fresh state. */
  readonly newest: (state: Float64Array) => readonly [timestamp: number, value: number] | null;
  /**
   * False only if `judge` would not call the window that ends at `now` anomalous under these settings. True says nothing: then the window is to be judged.
   * Datapoints later than `now` are not to be pushed before.
   */
  readonly couldBeAnomalous: (state: Float64Array, now: number, settings: EnsembleSettings) => boolean;
}

/** Fewer datapoints in whole buckets, or datapoints closer together, are judged: it costs little. */
const [fewest, leastDeviationOfTimes] = [60, 600];
/** Sums of thousands of numbers err by less: relative to the greatest value for a mean, to the sum for a sum of squares. */
const [roundingOfValues, roundingOfSquares] = [1e-12, 1e-9];
const deviations = 3;

/**
 * The screen of the nine (design.md, section 5), on hour buckets of centred sums.
 *
 * Five of the nine are functions of such sums: mean_subtraction_cumulation, stddev_from_average, stddev_from_moving_average, grubbs and least_squares. The
 * window's beginning cuts the oldest bucket, so each is bounded from both sides: leaving datapoints out can only make a sum of squared
 * deviations smaller, and by Cauchy and Schwarz a part of n datapoints with squares Q around a centre moves a mean of N by at most sqrt(n Q) / N. A test that
 * does not fire at the bounds fires for no cut. ks_test cannot fire with less than 20 datapoints in ten minutes, first_hour_average without an
 * hour so old; of the rest nothing is known, they might fire. Once more cannot fire than the consensus tolerates, the series is not anomalous; neither is one
 * that is boring. Rounding is allowed for on the safe side, and what is not finite says nothing.
 *
 * @example
 * const screen = nineScreen(86_400);
 * const state = new Float64Array(screen.stateLength);
 * screen.push(state, timestamp, value);
 * if (screen.couldBeAnomalous(state, now, settings)) judge(window, now, settings);
 */
export function nineScreen(fullDuration: number): NineScreen {
  const critical = criticalBelow();
  return {
    stateLength: screenStateLength,
    push: (state, timestamp, value) => pushDatapoint(state, timestamp, value, fullDuration),
    newest: (state) => (state[at.count] === 0 ? null : [state[at.last]!, state[at.last + 1]!]),
    couldBeAnomalous(state, now, settings) {
      if (settings.low !== null || settings.high !== null) return true;
      if (settings.boredomSetSize === 1 && state[at.run]! >= settings.maxTolerableBoredom) return false;
      const merged = mergeBuckets(state, now - fullDuration, now, fullDuration);
      const { head } = merged;
      if (!(head.count >= fewest && head.squaresTime >= head.count * leastDeviationOfTimes ** 2)) return true;
      const enabled = enabledDetectors(settings);
      const tolerated = enabled.length - Math.max(1, Math.min(settings.consensus, enabled.length));
      const isQuiet = quietTests({ state, merged, now, fullDuration, critical });
      let quiet = 0;
      for (const { name } of enabled) if (isQuiet(name) && (quiet += 1) > tolerated) return false;
      return true;
    },
  };
}

interface Question {
  readonly state: Float64Array;
  readonly merged: Merged;
  readonly now: number;
  readonly fullDuration: number;
  readonly critical: (count: number) => number;
}

/** Asks about one detector at a time: true if it surely does not vote for anomalous, false for those that nothing is known of. */
function quietTests({ state, merged, now, fullDuration, critical }: Question): (detector: string) => boolean {
  const { head, cut } = merged;
  const [time, last] = [state[at.last]!, state[at.last + 1]!];
  const tail = (last + state[at.last + 3]! + state[at.last + 5]!) / 3;
  const slack = roundingOfValues * state[at.greatest]!;
  const whole = withDatapoint(head, time, last);
  const shift = (sums: Sums): number => Math.sqrt(cut.count * squaresAround(cut, sums.mean)) / sums.count;
  const within = (value: number, sums: Sums): boolean => Math.abs(value - sums.mean) + shift(sums) + slack <= deviations * leastDeviation(sums, cut.count, 1, slack);
  return (detector) => {
    switch (detector) {
      case 'mean_subtraction_cumulation':
        return within(last, head);
      case 'stddev_from_average':
        return within(tail, whole);
      case 'grubbs':
        return tail - whole.mean + shift(whole) + slack <= critical(whole.count) * leastDeviation(whole, cut.count, 0, slack);
      case 'stddev_from_moving_average':
        return movesAlong(merged, last, slack);
      case 'least_squares':
        return isOnLine(whole, cut, { time: (time + state[at.last + 2]! + state[at.last + 4]!) / 3, value: tail, from: now - fullDuration, slack });
      case 'first_hour_average':
        return fullDuration > 3600 && merged.begins >= now - (fullDuration - 3600);
      case 'ks_test':
        return datapointsSince(state, now - 600) < 20;
      default:
        return false;
    }
  };
}

/** Of the values of some datapoints around a centre. */
const squaresAround = ({ count, mean, squares }: Sums, centre: number): number => squares + count * (mean - centre) ** 2;

/** The least standard deviation that the datapoints can have together with any part of `more` others. */
function leastDeviation({ count, squares }: Sums, more: number, lost: 0 | 1, slack: number): number {
  return Math.sqrt(Math.max(0, squares * (1 - roundingOfSquares) - count * slack * slack) / (count + more - lost)) * (1 - roundingOfSquares);
}

function movesAlong({ weighted, weightedCut: cut }: Merged, value: number, slack: number): boolean {
  const known = withNewest(weighted, value);
  const moved = Math.sqrt(cut.weight * (cut.squares + cut.weight * (cut.mean - known.mean) ** 2)) / known.weight;
  const weight = known.weight + cut.weight;
  const freedom = weight - (known.squaredWeights + cut.squaredWeights) / weight;
  const deviation = Math.sqrt(Math.max(0, known.squares * (1 - roundingOfSquares) - known.weight * slack * slack) / freedom) * (1 - roundingOfSquares);
  return Math.abs(value - known.mean) + moved + slack <= deviations * deviation;
}

interface TailOfLine {
  /** Mean time and mean value of the last three datapoints: a line's residuals are as linear as the line. */
  readonly time: number;
  readonly value: number;
  readonly from: number;
  readonly slack: number;
}

/**
 * A line through more datapoints leaves no smaller sum of squares, and at a time t0 it moves by sum h(t0, t) e(t) over those added, with e their
 * distances from the old line and h(t0, t) = 1/N + (t0 - mean)(t - mean) / squares of times.
 */
function isOnLine(whole: Sums, cut: Sums, { time, value, from, slack }: TailOfLine): boolean {
  const slope = whole.products / whole.squaresTime;
  const unexplained = whole.squares - slope * whole.products;
  const rounding = roundingOfSquares * whole.squares + whole.count * slack * slack;
  const offLine = cut.mean - whole.mean - slope * (cut.meanTime - whole.meanTime);
  const added = Math.max(0, cut.squares - 2 * slope * cut.products + slope * slope * cut.squaresTime + cut.count * offLine * offLine) + roundingOfSquares * (cut.squares + slope * slope * cut.squaresTime);
  const reach = whole.meanTime - from;
  const lever = 1 / whole.count + ((Math.abs(time - whole.meanTime) + (cut.count * reach) / (whole.count + cut.count)) * reach) / whole.squaresTime;
  const residual = Math.abs(value - whole.mean - slope * (time - whole.meanTime)) + lever * Math.sqrt(cut.count * added) + slack + Math.sqrt(rounding / whole.count);
  const greatest = Math.sqrt((Math.max(0, unexplained) + added + rounding) / whole.count);
  if (residual < 0.5 - roundingOfSquares || greatest < 0.5 - roundingOfSquares) return true;
  const least = Math.sqrt(Math.max(0, unexplained - rounding) / (whole.count + cut.count)) * (1 - roundingOfSquares);
  return residual <= deviations * least;
}

/** At most so many datapoints are not older than `time`, which is at most two bins before the newest possible. */
function datapointsSince(state: Float64Array, time: number): number {
  let count = 0;
  for (let back = 0; back < 3; back += 1) if ((state[at.bin]! - back + 1) * binSeconds > time) count += state[at.inBins + back]!;
  return count;
}

/** Grubbs' critical value grows with the count: that of a count a little lower is on the safe side, and need not be worked out each time. */
function criticalBelow(): (count: number) => number {
  const known = new Map<number, number>();
  return (count) => {
    const step = 2 ** Math.max(0, Math.floor(Math.log2(count)) - 5);
    const below = Math.floor(count / step) * step;
    let found = known.get(below);
    if (found === undefined) known.set(below, (found = criticalGrubbs(below)));
    return found;
  };
}
