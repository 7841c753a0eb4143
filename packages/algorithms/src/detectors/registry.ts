import { defaultParts } from './default/part-detectors.js';
import type { Detector } from './detector.js';
import { firstHourAverage } from './nine/first-hour-average.js';
import { grubbs } from './nine/grubbs.js';
import { histogramBins } from './nine/histogram-bins.js';
import { ksTest } from './nine/ks-test.js';
import { leastSquares } from './nine/least-squares.js';
import { meanSubtractionCumulation } from './nine/mean-subtraction-cumulation.js';
import { medianAbsoluteDeviation } from './nine/median-absolute-deviation.js';
import { stddevFromAverage } from './nine/stddev-from-average.js';
import { stddevFromMovingAverage } from './nine/stddev-from-moving-average.js';

/** Skyline's nine, in its order. Closed: this list is the compatibility ensemble. */
export const nine: readonly Detector[] = [
  firstHourAverage,
  meanSubtractionCumulation,
  stddevFromAverage,
  stddevFromMovingAverage,
  leastSquares,
  grubbs,
  histogramBins,
  medianAbsoluteDeviation,
  ksTest,
];

/**
 * Which detectors vote in an ensemble, in the order of its votes. `default` is one stream detector, `defaultDetector`, and these are its parts; a new
 * detector that rules may name joins their list.
 */
export const ensembles = {
  nine,
  default: defaultParts,
} as const satisfies Record<string, readonly Detector[]>;

export type EnsembleName = keyof typeof ensembles;

/** Every detector there is: what settings and rules may name. */
export const detectors: readonly Detector[] = [...new Set([...ensembles.nine, ...ensembles.default])];

export const detectorNames: readonly string[] = detectors.map(({ name }) => name);
