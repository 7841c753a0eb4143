import type { StreamDetector, StreamSettings } from '../stream-detector.js';
import { gaugeAfter, judged, misread, type Reading, readCounter } from './counter.js';
import { countedEvidence, followOnset, levelEvidence, newsOf, scoreOf } from './evidence.js';
import { departureEvidence } from './departure.js';
import { flatLineEvidence } from './flat-line.js';
import { createForecasts, type Forecasts, type Moment } from './forecasts.js';
import { followInterval } from './interval.js';
import { counterAt, departureAt, evidenceAt, expectedHighAt, expectedLowAt, fallTailAt, firstTimeAt, flatLineAt, forecastsAt, intervalAt, lastRawAt, lastTimeAt, lastValueAt, noveltyAt, partsAt, referenceAt, rhythmTailAt, riseTailAt, rowsAt, scoreAt, seenAt, stateLength, variationAt, variationTailAt } from './layout.js';
import { noveltyEvidence } from './novelty.js';
import { parts, reportOf } from './report.js';
import { residualTail, smoothedTail, tailReach } from './tail.js';
import { followVariation } from './variation.js';

/** Judged datapoints before anything is said. */
export const warmUp = 60;

/** Sizes beyond these are taken as these: their squares must still be numbers. */
const largest = 1e100;
/** Times further from the epoch have no whole seconds left to tell hours by; they are no times. */
const mostSeconds = 1e12;

/** Seconds between datapoints from which on the long memories count datapoints; where they come thicker, the memories are as long in time. */
const usualInterval = 300;

/** Evidence of a young metric counts n / (n + this). */
const youth = 30;

/** The expected range ends three mean excesses above the mark: about one in a thousand lies beyond. */
const rangeExcess = 3;

/**
 * The default detector: how odd each datapoint of a metric is, by five parts that each measure how rare what they see is in the metric's own past.
 *
 * forecast: the value is beyond what every trusted forecast (recent level, time of day, time of week) explains · novelty: the recent course is like
 * none before · variation: it moves more than it ever did · flat_line: it repeats itself longer than it ever did · rhythm: it keeps away from its course of the day and
 * the week.
 *
 * Each gives -ln of a probability, made one per time instead of per datapoint; the sum is the evidence, and the score is 50 where anomaly-free
 * metrics come about once in three metric-weeks (docs/quality.md). Only evidence that is new or worse scores. Counters are judged by their rate.
 * Silent for the first 60 datapoints of a metric. Scores do not depend on the unit, nor but by rounding on the level.
 *
 * @example
 * const state = new Float64Array(defaultDetector.stateLength);
 * const scores = values.map((value, i) => defaultDetector.step(state, timestamps[i]!, value, defaultStreamSettings));
 */
export const defaultDetector: StreamDetector = createDefaultDetector();

function createDefaultDetector(): StreamDetector {
  const forecasts = createForecasts();
  // Scratch space, so that steps allocate nothing: each step fills it before it reads it.
  const moment: Moment = { localTime: 0, age: 0, interval: 0, seen: 0, pace: 1, value: 0, residual: 0, scaled: 0, offRhythm: 0, isUnsettled: false, low: 0, high: 0, unit: 0 };
  return {
    name: 'default',
    stateVersion: 4,
    stateLength,
    parts,
    step(state, timestamp, value, settings) {
      if (!Number.isFinite(value) || !(Math.abs(timestamp) <= mostSeconds)) return 0;
      if (state[rowsAt]! > 0 && timestamp <= state[lastTimeAt]!) return 0;
      const known = state[lastValueAt]!;
      const isJudged = readDatapoint(state, timestamp, bounded(value));
      state[scoreAt] = 0;
      state.fill(0, evidenceAt, scoreAt);
      state.fill(0, partsAt, partsAt + parts.length);
      if (!isJudged) return 0;
      fillMoment(moment, state, settings);
      state[evidenceAt] = weigh(state, moment, state[lastValueAt]! - known, forecasts);
      state[scoreAt] = newsOf(state);
      followOnset(state, moment.isUnsettled);
      return state[scoreAt];
    },
    level: (state) => scoreOf(levelEvidence(state)),
    report: reportOf,
    lastTimestamp: (state) => (state[rowsAt]! > 0 ? state[lastTimeAt]! : null),
  };
}

const bounded = (value: number): number => (value > largest ? largest : value < -largest ? -largest : value);

/** Takes the datapoint into the head of the state; false where there is nothing to judge. What was misread begins anew as what it is. */
function readDatapoint(state: Float64Array, timestamp: number, value: number): boolean {
  const rows = (state[rowsAt]! += 1);
  const elapsed = timestamp - state[lastTimeAt]!;
  if (rows > 1) followInterval(state, intervalAt, rows, elapsed);
  const previous = state[lastRawAt]!;
  const reading: Reading = readCounter(state, counterAt, rows, previous, value);
  if (reading === misread) beginAnew(state);
  if (state[seenAt] === 0) state[firstTimeAt] = timestamp;
  state[lastTimeAt] = timestamp;
  state[lastRawAt] = value;
  if (reading !== judged && reading !== misread) return false;
  const isGauge = gaugeAfter(state, counterAt);
  if ((state[seenAt]! += 1) === 1) state[referenceAt] = isGauge ? value : 0;
  state[lastValueAt] = isGauge ? value - state[referenceAt]! : bounded((value - previous) / elapsed);
  return true;
}

function beginAnew(state: Float64Array): void {
  const [rows, interval] = [state[rowsAt]!, state[intervalAt]!];
  state.fill(0, 0, counterAt);
  state.fill(0, riseTailAt);
  state[rowsAt] = rows;
  state[intervalAt] = interval;
}

function fillMoment(moment: Moment, state: Float64Array, { utcOffset }: StreamSettings): void {
  const timestamp = state[lastTimeAt]!;
  moment.localTime = utcOffset === null ? timestamp : timestamp + utcOffset(timestamp);
  moment.age = timestamp - state[firstTimeAt]!;
  moment.interval = state[intervalAt]!;
  moment.seen = state[seenAt]!;
  moment.pace = moment.interval < usualInterval ? moment.interval / usualInterval : 1;
  moment.value = state[lastValueAt]!;
}

/** Steps the parts and adds up what they see. All learn from the first datapoint on; none counts before the warm-up is over. */
function weigh(state: Float64Array, moment: Moment, step: number, forecasts: Forecasts): number {
  const { seen, value, interval } = moment;
  forecasts(state, forecastsAt, moment);
  state[expectedLowAt] = moment.low - moment.unit * tailReach(state, fallTailAt, rangeExcess);
  state[expectedHighAt] = moment.high + moment.unit * tailReach(state, riseTailAt, rangeExcess);
  const rise = residualTail(state, riseTailAt, moment.scaled > 0 ? moment.scaled : 0, moment);
  const fall = residualTail(state, fallTailAt, moment.scaled < 0 ? -moment.scaled : 0, moment);
  const novelty = noveltyEvidence(state, noveltyAt, value, moment);
  const moved = seen > 1 ? Math.abs(step) : 0;
  const variation = smoothedTail(state, variationTailAt, followVariation(state, variationAt, seen, moved), moment);
  const rhythm = smoothedTail(state, rhythmTailAt, moment.offRhythm, moment);
  const departure = departureEvidence(state, departureAt, moment.offRhythm, moment.age);
  const flatLine = flatLineEvidence(state, flatLineAt, seen, seen > 1 && step === 0);
  if (seen <= warmUp) return 0;
  const trusted = seen / (seen + youth);
  state[partsAt] = trusted * countedEvidence(0, moment.scaled > 0 ? rise : fall, interval);
  state[partsAt + 1] = trusted * countedEvidence(1, novelty, interval);
  state[partsAt + 2] = trusted * countedEvidence(2, variation, interval);
  state[partsAt + 3] = trusted * countedEvidence(3, flatLine, interval);
  state[partsAt + 4] = trusted * Math.max(countedEvidence(4, rhythm, interval), departure);
  return state[partsAt] + state[partsAt + 1]! + state[partsAt + 2]! + state[partsAt + 3]! + state[partsAt + 4]!;
}
