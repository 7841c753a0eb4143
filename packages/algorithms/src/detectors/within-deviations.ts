import type { Finding } from './detector.js';
import { silent } from './detector.js';
import { phrase } from './phrase.js';

/** A value beside what was expected of it. */
export interface Deviation {
  readonly value: number;
  readonly centre: number;
  /** Standard deviation; NaN where there are too few values for one. */
  readonly deviation: number;
  /** The words for both in the sentence. */
  readonly valueWords: string;
  readonly centreWords: string;
}

/** Three deviations, Skyline's threshold in five of its tests. */
export const deviationsAllowed = 3;

/** Votes yes if the value is more than three standard deviations from the centre. Nothing is more than an unknown deviation. */
export function withinDeviations({ value, centre, deviation, valueWords, centreWords }: Deviation): Finding {
  const statistic = Math.abs(value - centre);
  const threshold = deviationsAllowed * deviation;
  if (Number.isNaN(statistic) || Number.isNaN(threshold)) return silent(`There are too few values for ${centreWords} and its deviation.`);
  return {
    vote: statistic > threshold,
    statistic,
    threshold,
    expected: { low: centre - threshold, high: centre + threshold },
    explanation: `${valueWords}, ${phrase(value)}, is ${phrase(statistic)} away from ${centreWords}, ${phrase(centre)}; three standard deviations are ${phrase(threshold)}.`,
  };
}
