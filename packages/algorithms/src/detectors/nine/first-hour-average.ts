import type { Detector } from '../detector.js';
import { deviationOf, momentsOf } from '../statistics/moments.js';
import { withinDeviations } from '../within-deviations.js';

/**
 * The mean of the last three values against the window's first hour: everything older than now - (fullDuration - 3600).
 * Misleads where the metric has a daily rhythm that is longer than the window. Quiet while the series is younger.
 */
export const firstHourAverage: Detector = {
  name: 'first_hour_average',
  cost: 2,
  judge: ({ values, now, tail, since }, { fullDuration }) => {
    const firstHour = momentsOf(values, 0, since(now - (fullDuration - 3600)));
    return withinDeviations({
      value: tail,
      centre: firstHour.mean,
      deviation: deviationOf(firstHour, 1),
      valueWords: 'The mean of the last three values',
      centreWords: "the mean of the window's first hour",
    });
  },
};
