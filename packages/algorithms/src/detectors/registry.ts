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
