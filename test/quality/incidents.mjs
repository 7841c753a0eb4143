// Incidents planted into quiet series, by size in units of the series' noise. Knows nothing of any detector.
const hour = 3600;
const day = 86_400;

/** Each kind of incident: (series, row, size, random) => the values from `row` on. `value` is what came without it. */
const gauges = {
  spike: ({ value, size, age }) => (age === 0 ? value + size : value),
  dip: ({ value, size, age }) => (age === 0 ? value - size : value),
  shift: ({ value, size }) => value + size,
  drift: ({ value, size, seconds }) => value + size * Math.min(1, seconds / day),
  variance: ({ value, size, random }) => value + size * random.normal(),
  stop: () => 0,
  flatLine: ({ last }) => last,
  missedRhythm: ({ value, level, seconds, noise, random }) => (seconds < day ? level + noise * random.normal() : value),
};

/** The same for the steps of a counter, which is what has noise there; a flat line and a stop are both a counter that stands still. */
const counters = {
  spike: gauges.spike,
  dip: ({ value, size, age }) => Math.max(0, age === 0 ? value - size : value),
  shift: gauges.shift,
  drift: gauges.drift,
  variance: ({ value, size, random }) => Math.max(0, value + size * random.normal()),
  stop: () => 0,
  flatLine: () => 0,
};

/** Kinds whose size is not one of noise. */
export const unsized = ['stop', 'flatLine', 'missedRhythm'];
export const sized = ['spike', 'dip', 'shift', 'drift', 'variance'];

/** A rhythm can be missed where there is one. */
export const applies = (incident, kind) => incident !== 'missedRhythm' || kind === 'daily' || kind === 'weekly';

/**
 * Kinds on which an incident is no different from a quiet day: a value ten deviations out is ordinary where tails are heavy (a Student's t of three
 * degrees has one in 5,000) and where nearly all values are zero, and so is a day of zeroes there.
 */
export const indistinct = { spike: ['heavy', 'sparse'], shift: [], stop: ['sparse'] };

/**
 * The series with one incident somewhere in its second half, at least a day and a half before its end: {...series, values, row, incident}.
 * A rhythm is missed from the start of an hour in which it was far from where it stays.
 */
export function plant(series, incident, sizeInNoise, random) {
  const { timestamps, kind, interval } = series;
  const { length } = timestamps;
  const row = Math.floor(random.between(length * 0.55, length - (1.5 * day) / interval));
  const isCounter = kind === 'counter';
  const before = isCounter ? stepsOf(series.values) : series.values;
  const change = (isCounter ? counters : gauges)[incident];
  const level = before.subarray(Math.max(0, row - Math.round(hour / interval)), row).reduce((sum, value) => sum + value, 0) / Math.max(1, Math.min(row, Math.round(hour / interval)));
  const changed = before.map((value, at) =>
    at < row ? value : change({ value, size: sizeInNoise * series.noise, noise: series.noise, age: at - row, seconds: timestamps[at] - timestamps[row], last: before[row - 1], level, random }));
  return { ...series, incident, row, values: isCounter ? summed(changed, series.values) : changed };
}

/** What a counter added at each row; a reset adds what it stands at. */
function stepsOf(totals) {
  return totals.map((total, row) => (row === 0 ? 0 : total >= totals[row - 1] ? total - totals[row - 1] : total));
}

function summed(steps, totals) {
  let total = totals[0];
  return steps.map((step, row) => {
    if (row > 0) total = totals[row] < totals[row - 1] ? Math.round(step) : total + Math.round(step);
    return total;
  });
}
