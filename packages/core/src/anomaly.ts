import type { DetectorReport, Range, Votes } from './verdict.js';

export type AnomalyKind = 'deviation' | 'stopped';
export type AnomalyState = 'open' | 'closed';
export type Feedback = 'real' | 'false-alarm' | 'expected';
export type Severity = 'warning' | 'minor' | 'major' | 'critical';

/** What the analyzer owns of an anomaly. Times in seconds since the epoch. */
export interface AnomalyFinding {
  /** Deterministic: see `anomalyId`. Also the document id in the index. */
  readonly id: string;
  readonly metric: string;
  readonly kind: AnomalyKind;
  readonly state: AnomalyState;
  /** First datapoint judged anomalous; for `stopped` the last datapoint before the silence. */
  readonly start: number;
  /** null while open. */
  readonly end: number | null;
  /** Time of the highest score. */
  readonly peak: number;
  /** The metric's value at the peak. */
  readonly value: number;
  /** Highest score so far, 0 to 100. */
  readonly score: number;
  readonly expected: Range | null;
  /** All votes at the peak, even after an early stop; `{}` for `stopped`. */
  readonly votes: Votes;
  readonly detectors: readonly DetectorReport[];
  readonly explanation: string;
  /** The last time at which the ensemble said anomalous: what quiet time is counted from. */
  readonly lastFlagged: number;
  /** Time of the last change, by data time of the judging slot. */
  readonly updated: number;
}

/** What people own of an anomaly. `AnomalyLog.record` never touches it. */
export interface AnomalyRemarks {
  readonly acknowledged: boolean;
  readonly mutedUntil: number | null;
  readonly feedback: Feedback | null;
  readonly note: string | null;
  /** Name of the token of the last person who changed a remark. */
  readonly by?: string;
}

export type Anomaly = AnomalyFinding & AnomalyRemarks;

export const noRemarks: AnomalyRemarks = { acknowledged: false, mutedUntil: null, feedback: null, note: null };

/** The band of a score: warning < 25 <= minor < 50 <= major < 75 <= critical. */
export function severityOf(score: number): Severity {
  if (score >= 75) return 'critical';
  if (score >= 50) return 'major';
  return score >= 25 ? 'minor' : 'warning';
}
