// What no threshold on single values can exceed, on the kinds where nothing foretells a value: the share of spikes found by one that is set knowing each
// series' true distribution, which nobody knows. Knows nothing of any detector.
import { quietSeries } from './quiet-series.mjs';

export const unforetold = ['bursty', 'sparse', 'heavy'];

/** A distribution is known by a year, of which a series is the first four weeks. */
const weeksKnown = 52;

/**
 * By kind, for each of `rates`, the false alerts a week that every series may raise: the share of its values that, with a spike, lie above the threshold
 * which so many lie above without. `spike` in deviations of the series of four weeks, which are those of `quietSeries` with the same seed.
 */
export function idealSpike({ seed, perKind, interval, spike, rates }) {
  const shares = new Map(unforetold.map((kind) => [kind, rates.map(() => 0)]));
  const four = new Map(unforetold.map((kind) => [kind, []]));
  for (const { kind, noise, values } of quietSeries({ seed, perKind, interval, weeks: 4 })) four.get(kind)?.push({ noise, values });
  const place = new Map(unforetold.map((kind) => [kind, 0]));
  for (const { kind, values } of quietSeries({ seed, perKind, interval, weeks: weeksKnown })) {
    if (!shares.has(kind)) continue;
    const series = four.get(kind)[place.get(kind)];
    place.set(kind, place.get(kind) + 1);
    const sorted = values.sort();
    rates.forEach((rate, index) => {
      const threshold = sorted[sorted.length - 1 - Math.floor(rate * weeksKnown)];
      const found = series.values.filter((value) => value + spike * series.noise > threshold).length;
      shares.get(kind)[index] += found / series.values.length / perKind;
    });
  }
  return shares;
}
