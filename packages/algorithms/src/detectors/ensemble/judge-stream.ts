import type { Series, SkippedReason, Verdict } from '@skylark/core';
import { replayDefault } from '../default/part-detectors.js';
import type { EnsembleSettings } from './ensemble-settings.js';
import { streamVerdict } from './stream-verdict.js';

/** A level from which on a datapoint is anomalous to the default ensemble, where no other `openAt` is set: that of severity minor. */
export const leastAnomalousLevel = 25;

/**
 * The default ensemble's verdict on a series at a time: the stream detector goes through it from the first datapoint to the last, and the verdict is
 * about that one, however long it has been odd. Its votes are the detector's parts; rules and bounds apply as to any stream.
 *
 * Skipped are a series without enough datapoints and one whose last is stale; a constant one is judged, as a flat line may be what is odd.
 */
export function judgeStream(series: Series, now: number, settings: EnsembleSettings): Verdict {
  const skipped = reasonToSkip(series, now, settings);
  if (skipped !== null) return { status: 'skipped', reason: skipped };
  const last = series.values.length - 1;
  const { level, report } = replayDefault(series);
  const datapoint = { timestamp: series.timestamps[last]!, value: series.values[last]! };
  if (!Number.isFinite(datapoint.value)) return asNormal(report.detectors, `error: default: value ${last} is ${datapoint.value}, not a finite number`);
  const verdict = streamVerdict({ ...report, score: level }, datapoint, settings);
  if (verdict.status !== 'anomalous' || verdict.score >= leastAnomalousLevel) return verdict;
  return { ...verdict, status: 'normal' };
}

function reasonToSkip({ timestamps, values }: Series, now: number, { minTolerableLength, stalePeriod }: EnsembleSettings): SkippedReason | null {
  if (values.length < Math.max(1, minTolerableLength)) return 'too-short';
  return now - timestamps[values.length - 1]! > stalePeriod ? 'stale' : null;
}

function asNormal(detectors: Extract<Verdict, { status: 'normal' }>['detectors'], reason: string): Verdict {
  const quiet = detectors.map((one) => ({ ...one, vote: null }));
  return { status: 'normal', reason, votes: Object.fromEntries(quiet.map(({ name }) => [name, null])), detectors: quiet, score: 0, expected: null, explanation: `Not anomalous because of ${reason}.` };
}
