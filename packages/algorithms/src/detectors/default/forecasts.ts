import { findPlace, learnCourse, type Place, placeOf, rhythmLength } from './rhythm.js';

/**
 * What a value is beyond every forecast that can be trusted.
 *
 * Eight forecasters: a slow and a fast level, and of the day and of the week by the hour the smooth course and the stepped one (both moved to where
 * the series runs now) and the stepped one as it is. Each has its mean absolute error, an error counting at most `mostErrors` times the mean. Those whose
 * error is at most `trust` times the best one's are trusted, and the one nearest to the value is believed: an oddity is what none of them explains.
 */
const [slow, slowSpread, fast, longError, errors, counts, day] = [0, 1, 2, 3, 4, 12, 20];
const week = day + rhythmLength(24);
const forecasters = 8;

export const forecastsLength = week + rhythmLength(168);

const slowGain = 0.03;
const fastGain = 0.3;
const slowClip = 4;
const settledSpreads = 2;
const errorGain = 0.01;
const mostErrors = 6;
const fewestErrors = 20;
const trust = 3;
const longGain = 1 / 2000;
/** The scale is at least this part of the long-run error: a metric that was calm for an hour is not of infinite precision. */
const leastScale = 0.1;
const errorPower = 0.7;

/** A datapoint on its way through the parts; one object, filled anew each time. */
export interface Moment {
  /** Local time, and since the first datapoint; seconds. */
  localTime: number;
  age: number;
  interval: number;
  /** Datapoints so far, this one included. */
  seen: number;
  pace: number;
  value: number;
  /** What was found: the value less the believed forecast, and the same over a power of the forecast's usual error. */
  residual: number;
  scaled: number;
  /** Whether the value is far from the slow level still, measured by what that has seen of late. */
  isUnsettled: boolean;
  /** How far it has been running from the courses of day and week. */
  offRhythm: number;
  /** The trusted forecasts' lowest and highest, and what turns a scaled residual back into the metric's unit. */
  low: number;
  high: number;
  unit: number;
}

export type Forecasts = (state: Float64Array, at: number, moment: Moment) => void;

/** A reader of forecasts with its scratch space; what it knows of a metric is in the state alone. */
export function createForecasts(): Forecasts {
  const places = [placeOf(24), placeOf(168)] as const;
  const forecast = new Float64Array(forecasters);
  const lesson = { value: 0, limit: 0, interval: 0 };

  return (state, at, moment) => {
    const { value, seen } = moment;
    if (seen === 1) {
      state[at + slow] = value;
      state[at + fast] = value;
    }
    forecast[0] = state[at + slow]!;
    forecast[1] = state[at + fast]!;
    for (let period = 0; period < 2; period += 1) {
      const place = places[period]!;
      findPlace(state, at + (period === 0 ? day : week), place, moment);
      forecast[2 + 3 * period] = place.smooth + place.offset;
      forecast[3 + 3 * period] = place.stepped + place.offset;
      forecast[4 + 3 * period] = place.stepped;
    }
    const best = believe(state, at, forecast, moment);
    scale(state, at, best, moment);
    learnErrors(state, at, forecast, value);
    lesson.value = value;
    lesson.interval = moment.interval;
    for (let period = 0; period < 2; period += 1) {
      const error = at + errors + 2 + 3 * period;
      lesson.limit = state[at + counts + 2 + 3 * period]! > fewestErrors ? mostErrors * state[error]! : Infinity;
      learnCourse(state, at + (period === 0 ? day : week), places[period]!, lesson);
    }
    learnLevels(state, at, value, seen);
    moment.offRhythm = offRhythm(places[0], places[1]);
    moment.isUnsettled = Math.abs(value - state[at + slow]!) > settledSpreads * state[at + slowSpread]!;
  };
}

/** How far the series runs from the course of the day or the week, whichever is nearer; 0 while the day is not known. */
function offRhythm(ofDay: Place, ofWeek: Place): number {
  if (Number.isNaN(ofDay.smooth)) return 0;
  const off = Math.abs(ofDay.offset);
  return Number.isNaN(ofWeek.smooth) ? off : Math.min(off, Math.abs(ofWeek.offset));
}

/** The nearest of the trusted forecasts; answers the least error, or Infinity while nobody has shown his. */
function believe(state: Float64Array, at: number, forecast: Float64Array, moment: Moment): number {
  const { value } = moment;
  let best = Infinity;
  for (let k = 0; k < forecasters; k += 1) if (isProven(state, at, forecast, k) && state[at + errors + k]! < best) best = state[at + errors + k]!;
  let [low, high, residual] = [Infinity, -Infinity, Infinity];
  for (let k = 0; k < forecasters; k += 1) {
    if (best === Infinity ? k > 0 : !isProven(state, at, forecast, k) || state[at + errors + k]! > trust * best) continue;
    const expected = forecast[k]!;
    if (expected < low) low = expected;
    if (expected > high) high = expected;
    if (Math.abs(value - expected) < Math.abs(residual)) residual = value - expected;
  }
  moment.low = low;
  moment.high = high;
  moment.residual = residual;
  return best;
}

const isProven = (state: Float64Array, at: number, forecast: Float64Array, k: number): boolean => state[at + counts + k]! > fewestErrors && !Number.isNaN(forecast[k]!);

/**
 * Divides the residual by a power of the usual error: part of the way between the metric's own unit, in which large is large, and the error's, in which
 * each metric is as predictable as any other. The tail is taken of that.
 */
function scale(state: Float64Array, at: number, best: number, moment: Moment): void {
  const usual = best < Infinity ? best : state[at + errors]!;
  const { seen, residual } = moment;
  state[at + longError]! += Math.max(longGain, 1 / seen) * (Math.abs(residual) - state[at + longError]!);
  moment.unit = Math.max(usual, leastScale * state[at + longError]!) ** errorPower;
  moment.scaled = moment.unit > 0 ? residual / moment.unit : 0;
}

function learnErrors(state: Float64Array, at: number, forecast: Float64Array, value: number): void {
  for (let k = 0; k < forecasters; k += 1) {
    if (Number.isNaN(forecast[k]!)) continue;
    const count = (state[at + counts + k]! += 1);
    const known = state[at + errors + k]!;
    const error = Math.abs(value - forecast[k]!);
    const counted = count > fewestErrors && error > mostErrors * known ? mostErrors * known : error;
    state[at + errors + k] = known + Math.max(errorGain, 1 / count) * (counted - known);
  }
}

/** The slow level follows at most `slowClip` mean deviations at a time, the fast one everything. */
function learnLevels(state: Float64Array, at: number, value: number, seen: number): void {
  const gain = Math.max(slowGain, 1 / seen);
  const miss = value - state[at + slow]!;
  const spread = state[at + slowSpread]!;
  const size = spread > 0 && Math.abs(miss) > slowClip * spread ? slowClip * spread : Math.abs(miss);
  state[at + slow]! += gain * Math.sign(miss) * size;
  state[at + slowSpread] = spread + gain * (size - spread);
  state[at + fast]! += Math.max(fastGain, 1 / seen) * (value - state[at + fast]!);
}
