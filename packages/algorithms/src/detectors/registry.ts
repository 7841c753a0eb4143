import type { Detector } from './detector.js';
import { firstHourAverage } from './first-hour-average.js';
import { grubbs } from './grubbs.js';
import { histogramBins } from './histogram-bins.js';
import { ksTest } from './ks-test.js';
import { leastSquares } from './least-squares.js';
import { meanSubtractionCumulation } from './mean-subtraction-cumulation.js';
import { medianAbsoluteDeviation } from './median-absolute-deviation.js';
import { stddevFromAverage } from './stddev-from-average.js';
import { stddevFromMovingAverage } from './stddev-from-moving-average.js';

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

/** Which detectors vote in an ensemble, in the order of its votes. A new detector is a line in `default`. */
export const ensembles = {
  nine,
  default: [
    ...nine,
  ],
} as const satisfies Record<string, readonly Detector[]>;

export type EnsembleName = keyof typeof ensembles;

/** Every detector there is: what settings and rules may name. */
export const detectors: readonly Detector[] = [...new Set([...ensembles.nine, ...ensembles.default])];

export const detectorNames: readonly string[] = detectors.map(({ name }) => name);
