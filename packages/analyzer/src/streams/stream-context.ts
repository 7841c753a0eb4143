import { allowsEverything, type EnsembleSettings, type StreamDetector, type StreamSettings } from '@skylark/algorithms';

/** What judging datapoint by datapoint takes; the same for rounds, replay and backtest. */
export interface StreamContext {
  readonly detector: StreamDetector;
  readonly settings: StreamSettings;
  /** The score at which an anomaly opens. */
  readonly openAt: number;
}

/** One metric's rules; null: there is none, the detector's word stands. */
export type MetricRules = EnsembleSettings | null;

export const rulesOf = (settings: EnsembleSettings): MetricRules => (allowsEverything(settings) ? null : settings);
