import type { Detector } from '../detector.js';
import { deviationOf } from '../statistics/moments.js';
import { withinDeviations } from '../within-deviations.js';

/** The mean of the last three values against the mean and deviation of the whole series, these three included. */
export const stddevFromAverage: Detector = {
  name: 'stddev_from_average',
  cost: 1,
  judge: ({ tail, whole }) =>
    withinDeviations({
      value: tail,
      centre: whole().mean,
      deviation: deviationOf(whole(), 1),
      valueWords: 'The mean of the last three values',
      centreWords: 'the mean of all',
    }),
};
