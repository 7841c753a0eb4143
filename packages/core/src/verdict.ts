/** An inclusive range of values; what a detector expected. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** true: anomalous; false: quiet; null: the detector abstains. */
export type Vote = boolean | null;

/** What one detector says of one series: its vote, and the figures that explain it. */
export interface DetectorReport {
  readonly name: string;
  readonly vote: Vote;
  /** The figure compared, in the detector's own unit; null where it did not get that far. Never NaN. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  /** One sentence with the statistic and its threshold. */
  readonly explanation: string;
}

export type SkippedReason = 'too-short' | 'stale' | 'boring';

/** Detector name to vote, in the ensemble's order. */
export type Votes = Readonly<Record<string, Vote>>;

interface Judged {
  readonly votes: Votes;
  readonly detectors: readonly DetectorReport[];
  /** 0 to 100, comparable between metrics. */
  readonly score: number;
  readonly expected: Range | null;
  /** One sentence a person would say. */
  readonly explanation: string;
}

/** The ensemble's answer for one series at one time. A value; a failed test is `normal` with its reason. */
export type Verdict =
  | (Judged & { readonly status: 'anomalous' })
  | (Judged & { readonly status: 'normal'; readonly reason?: string })
  | { readonly status: 'skipped'; readonly reason: SkippedReason };
