import type { Cadence } from './cadence.js';

/** When anomalies open and end; null: from the metric's own resolution, see `lifeTimes`. */
export interface LifeSettings {
  /** The lowest score that opens an anomaly, 0 to 100; 0: the ensemble's word is enough. */
  readonly openAt: number;
  readonly quietSeconds: number | null;
  readonly reopenSeconds: number | null;
  readonly stoppedSeconds: number | null;
  /** Whether a trigger must be unusual among the metric's triggers to open an anomaly (detectors.md 14). */
  readonly secondOrder: boolean;
}

/** The same with nothing left open, for one metric. */
export interface LifeTimes {
  readonly quietSeconds: number;
  readonly reopenSeconds: number;
  readonly stoppedSeconds: number;
}

export const defaultLifeSettings: LifeSettings = { openAt: 0, quietSeconds: null, reopenSeconds: null, stoppedSeconds: null, secondOrder: false };

/** No metric is stopped earlier, unless settings say so. */
export const leastStoppedSeconds = 500;

/**
 * The times of one metric: max(5 min, 3 x its median resolution), max(15 min, 9 x), max(500 s, 5 x), unless settings say otherwise.
 *
 * A metric whose pauses are part of it (a batch job, rare events) is not stopped before twice its third-longest recent interval;
 * a time somebody set is taken as it is.
 *
 * @example lifeTimes(defaultLifeSettings, { resolution: 60, usualPause: 60 }) // { quietSeconds: 300, reopenSeconds: 900, stoppedSeconds: 500 }
 */
export function lifeTimes(settings: LifeSettings, cadence: Cadence | null): LifeTimes {
  const { resolution, usualPause } = cadence ?? { resolution: 0, usualPause: 0 };
  return {
    quietSeconds: settings.quietSeconds ?? Math.max(300, 3 * resolution),
    reopenSeconds: settings.reopenSeconds ?? Math.max(900, 9 * resolution),
    stoppedSeconds: settings.stoppedSeconds ?? Math.max(leastStoppedSeconds, 5 * resolution, 2 * usualPause),
  };
}
