import { SkylarkError } from '@skylark/core';
import type { Detector, DetectorSettings } from '../detector.js';
import { detectorNames, detectors as registered, ensembles } from '../registry.js';
import type { EnsembleName } from '../registry.js';

export type Direction = 'up' | 'down' | 'both';

/** How a series is judged. Skyline's settings under Skyline's meaning, then what a rule may add for some metrics. */
export interface EnsembleSettings extends DetectorSettings {
  /** `nine` is Skyline's; `default` the best there is: a stream detector (`defaultDetector`), whose parts are its votes. */
  readonly ensemble: EnsembleName;
  /** How many detectors may not vote no; at most as many as are enabled, so a rule with one detector needs that one. */
  readonly consensus: number;
  /** Seconds since the last datapoint after which a series is stale. */
  readonly stalePeriod: number;
  /** Fewer datapoints are too short; an empty series always is. */
  readonly minTolerableLength: number;
  /** A series is boring if its last `maxTolerableBoredom` values are exactly `boredomSetSize` distinct ones. */
  readonly maxTolerableBoredom: number;
  readonly boredomSetSize: number;
  /** Whether the analyzer lets triggers through `secondOrder`; `judge` itself has no memory. */
  readonly secondOrder: boolean;
  /** Names of the detectors that vote, of all there are; null: the whole ensemble. */
  readonly detectors: readonly string[] | null;
  /** Which way a deviation must go to count. */
  readonly direction: Direction;
  /** How far the mean of the last three values must be from what was expected, in the metric's unit. */
  readonly minAbsolute: number;
  /** The same as a fraction of what was expected: 0.2 is 20 %. */
  readonly minRelative: number;
  /**
   * Bounds of the last value, which outrank the detectors on their side. Above `high`: always anomalous, score 100; from what was
   * expected up to `high`: never. Below `low` and down to it likewise. Where only one is given, the detectors keep the other side.
   */
  readonly low: number | null;
  readonly high: number | null;
}

export const defaultEnsembleSettings: EnsembleSettings = {
  ensemble: 'nine',
  dialect: 'fixed',
  consensus: 6,
  fullDuration: 86_400,
  stalePeriod: 500,
  minTolerableLength: 1,
  maxTolerableBoredom: 100,
  boredomSetSize: 1,
  secondOrder: false,
  detectors: null,
  direction: 'both',
  minAbsolute: 0,
  minRelative: 0,
  low: null,
  high: null,
};

/** The detectors that vote under these settings, in the order of votes. Throws `bad-config` for a name that is none. */
export function enabledDetectors({ ensemble, detectors }: EnsembleSettings): readonly Detector[] {
  if (detectors === null) return ensembles[ensemble];
  rejectUnknownDetectors(detectors);
  return registered.filter(({ name }) => detectors.includes(name));
}

export function rejectUnknownDetectors(names: readonly string[]): void {
  const unknown = names.filter((name) => !detectorNames.includes(name));
  if (unknown.length > 0) throw new SkylarkError('bad-config', `no detector named ${unknown.join(', ')}; there are ${detectorNames.join(', ')}`);
}
