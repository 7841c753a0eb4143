import type { Detector } from '../detector.js';
import { deviationOf } from '../statistics/moments.js';
import { withinDeviations } from '../within-deviations.js';

/** The last value against the mean and deviation of all values before it. Misleads after a change of level: the old level stays in the mean. */
export const meanSubtractionCumulation: Detector = {
  name: 'mean_subtraction_cumulation',
  cost: 1,
  judge: ({ last, head }) =>
    withinDeviations({
      value: last,
      centre: head().mean,
      deviation: deviationOf(head(), 1),
      valueWords: 'The last value',
      centreWords: 'the mean of all before it',
    }),
};
