import type { Verdict } from '@skylark/core';
import type { Observation } from '../detector.js';
import { phrase } from '../phrase.js';
import { seriesView } from '../series-view.js';
import type { StreamReport } from '../stream-detector.js';
import { allowance, boundsInWords, boundsSay } from './allowances.js';
import type { EnsembleSettings } from './ensemble-settings.js';

/** What rules may say of a datapoint of a stream. */
export type StreamRules = Pick<EnsembleSettings, 'direction' | 'minAbsolute' | 'minRelative' | 'low' | 'high'>;

/** True where nobody set a rule: then a stream detector's word stands as it is. */
export function allowsEverything({ direction, minAbsolute, minRelative, low, high }: StreamRules): boolean {
  return direction === 'both' && minAbsolute === 0 && minRelative === 0 && low === null && high === null;
}

/** Whether a value lies beyond the bounds somebody set: such a datapoint is anomalous whatever a detector says. */
export function isBeyondBounds(rules: StreamRules, value: number): boolean {
  return (rules.high !== null && value > rules.high) || (rules.low !== null && value < rules.low);
}

/**
 * What becomes of a stream detector's word on its newest datapoint under the rules: the verdict of an ensemble whose votes are the parts of the
 * report. Beyond the bounds: anomalous, score 100. An allowance (`bounds`, `direction`, `minAbsolute`, `minRelative`, each by this one value)
 * makes it normal with its reason. Else anomalous with the report's score: whether that is high enough to open anything is for the caller.
 *
 * @example streamVerdict(detector.report(state, settings), { timestamp, value }, defaultEnsembleSettings).status // 'anomalous'
 */
export function streamVerdict({ score, expected, detectors, explanation }: StreamReport, { timestamp, value }: Observation, settings: EnsembleSettings): Verdict {
  const told = { votes: Object.fromEntries(detectors.map(({ name, vote }) => [name, vote])), detectors, expected };
  if (boundsSay(settings, value, null) === 'outside') {
    const { low, high } = settings;
    return { status: 'anomalous', ...told, score: 100, expected: low === null || high === null ? expected : { low, high }, explanation: `The value is ${phrase(value)}, beyond ${boundsInWords(settings)}.` };
  }
  const view = seriesView({ timestamps: Float64Array.of(timestamp), values: Float64Array.of(value) }, timestamp);
  const reason = allowance(settings, view, expected);
  if (reason !== null) return { status: 'normal', reason, ...told, score, explanation: `The value is ${phrase(value)}: not anomalous because of ${reason}.` };
  return { status: 'anomalous', ...told, score, explanation };
}
