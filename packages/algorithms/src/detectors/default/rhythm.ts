/**
 * The mean course of a period (a day, a week) by the hour, learned online, and how far the series runs above it now.
 *
 * A bin that was never seen holds 0 (a true 0 is held as `almostZero`), so that zeroes are the fresh state.
 */
const [offset, currentBin, rowsInBin, bins] = [0, 1, 2, 3];

export const rhythmLength = (hours: number): number => bins + hours;

const hourSeconds = 3600;
const binGain = 0.3;
const mostGain = 0.5;
const offsetGain = 0.05;
const almostZero = 1e-300;

/** Where a time lies in a period, and what the course expects there. Filled anew for each datapoint: steps allocate nothing. */
export interface Place {
  readonly hours: number;
  bin: number;
  /** Between the bins' centres in a straight line; NaN while a bin is not known. */
  smooth: number;
  /** The bin's own mean; NaN likewise. */
  stepped: number;
  /** How far the series runs above its course at present. */
  offset: number;
  /** How many datapoints a bin had in the periods before this one. */
  rowsBefore: number;
}

export const placeOf = (hours: number): Place => ({ hours, bin: 0, smooth: NaN, stepped: NaN, offset: 0, rowsBefore: 0 });

/** Looks up the course at a local time. `age` is the time since the metric's first datapoint, `interval` its typical interval; seconds. */
export function findPlace(state: Float64Array, at: number, place: Place, { localTime, age, interval }: { localTime: number; age: number; interval: number }): void {
  const { hours } = place;
  const hour = localTime / hourSeconds;
  const position = hour - hours * Math.floor(hour / hours);
  const bin = Math.min(hours - 1, Math.floor(position));
  // An hour's samples have their mean time a little before the middle of the bin; a single one an hour has it at the start.
  const fromCentre = position - (interval < hourSeconds ? 0.5 - interval / (2 * hourSeconds) : 0);
  const floor = Math.floor(fromCentre);
  const before = state[at + bins + ((floor + hours) % hours)]!;
  const after = state[at + bins + ((floor + 1) % hours)]!;
  const own = state[at + bins + bin]!;
  const known = before !== 0 && after !== 0 && own !== 0;
  place.bin = bin;
  place.smooth = known ? before + (fromCentre - floor) * (after - before) : NaN;
  place.stepped = known ? own : NaN;
  place.offset = state[at + offset]!;
  place.rowsBefore = Math.floor(age / (hours * hourSeconds)) * (interval < hourSeconds ? hourSeconds / interval : 1);
}

/** Takes a value in at a place found before: the offset follows what the nearer of smooth and stepped course left unexplained, at most `limit` of it, the bin the value. */
export function learnCourse(state: Float64Array, at: number, place: Place, { value, limit, interval }: { value: number; limit: number; interval: number }): void {
  const own = at + bins + place.bin;
  const known = state[own]!;
  if (known !== 0) {
    const fromStep = value - known - place.offset;
    const fromCourse = value - place.smooth - place.offset;
    // Towards a jump of the course the smooth one runs ahead, between jumps the stepped one is coarse; NaN is not the smaller.
    const miss = Math.abs(fromCourse) < Math.abs(fromStep) ? fromCourse : fromStep;
    state[at + offset] = place.offset + offsetGain * (miss > limit ? limit : miss < -limit ? -limit : miss);
  }
  if (state[at + currentBin] !== place.bin + 1) {
    state[at + currentBin] = place.bin + 1;
    state[at + rowsInBin] = 0;
  }
  const rows = place.rowsBefore + (state[at + rowsInBin]! += 1);
  const steady = (binGain * interval) / hourSeconds;
  const gain = known === 0 ? 1 : Math.max(steady < mostGain ? steady : mostGain, 1 / rows);
  const learned = known + gain * (value - known);
  state[own] = learned === 0 ? almostZero : learned;
}
