import type { Anomaly, Severity } from '@skylark/core';

/** The answers of the HTTP API, as the interface page describes them. Times in seconds since the epoch. */

/** A past anomaly of a like shape, and what people said of it. */
export interface SeenBefore {
  readonly id: string;
  readonly metric: string;
  readonly start: number;
  readonly distance: number;
  readonly feedback: string | null;
  readonly note: string | null;
}

export type ListedAnomaly = Omit<Anomaly, 'lastFlagged'> & { readonly severity: Severity; readonly seenBefore?: readonly SeenBefore[]; readonly silencedBy?: string };

export interface AnomalyList {
  readonly total: number;
  readonly anomalies: readonly ListedAnomaly[];
  readonly nextCursor?: string;
}

export interface SeriesAnswer {
  readonly metric: string;
  readonly from: number;
  readonly until: number;
  /** Datapoints stored in the window. */
  readonly points: number;
  /** Points in this answer. */
  readonly returned: number;
  /** Median seconds between the stored datapoints; null below two. */
  readonly resolution: number | null;
  readonly timestamps: readonly number[];
  /** Every value, or each bucket's mean; then `min` and `max` hold the bucket's extremes. */
  readonly values: readonly number[];
  readonly min?: readonly number[];
  readonly max?: readonly number[];
}

/** What the ensemble `default` expected at each datapoint; null where it knew too little. */
export interface ExpectedAnswer {
  readonly metric: string;
  readonly timestamps: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Whether that is what judges the metric. */
  readonly inForce: boolean;
}

export type NameMode = 'all' | 'fuzzy' | 'glob' | 'regex' | 'exact';

export interface FoundMetric {
  readonly metric: string;
  readonly firstTimestamp: number | null;
  readonly lastTimestamp: number | null;
  /** The letters that matched. */
  readonly ranges?: LetterRanges;
}

/** Where letters matched, in UTF-16 units: pairs [start, end), or the same flat. */
export type LetterRanges = readonly (readonly [number, number])[] | readonly number[];

export interface FoundMetrics {
  readonly mode: NameMode;
  readonly total: number;
  readonly tookMs: number;
  readonly metrics: readonly FoundMetric[];
}

export interface StatusStage {
  readonly name: string;
  readonly ratePerSecond: number;
  readonly lagSeconds: number | null;
  readonly queue?: number;
  readonly dropped: number;
}

export interface StatusAnswer {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly backend: string;
  readonly stages: readonly StatusStage[];
  readonly lastRound: { readonly slot: number; readonly series: number; readonly anomalies: number; readonly tookMs: number; readonly late: boolean | number } | null;
  readonly metrics: number;
  readonly storeBytes: number;
}

export interface NameBranch {
  readonly segment: string;
  readonly metrics: number;
  readonly leaf: boolean;
  readonly severity: Severity | null;
}

export interface ListedCollection {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly notes: string;
  readonly comments: readonly { readonly by: string; readonly at: number; readonly text: string }[];
  readonly updated: number;
}

export interface CollectionFile extends ListedCollection {
  readonly series: readonly { readonly metric: string; readonly timestamps: readonly number[]; readonly values: readonly number[] }[];
}

export interface CollectionList {
  readonly total: number;
  readonly collections: readonly ListedCollection[];
}

export interface NewCollection {
  readonly title: string;
  readonly metrics: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly notes?: string;
}

export interface CollectionChange {
  readonly title?: string;
  readonly notes?: string;
  readonly metrics?: readonly string[];
}

export interface ListedIncident {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly start: number;
  readonly end: number | null;
  readonly leader: string;
  readonly score: number;
  readonly anomalies: readonly ListedAnomaly[];
  readonly related: readonly { readonly metric: string; readonly distance: number; readonly lagSeconds: number; readonly sign: 1 | -1 }[];
}

export interface NewSilence {
  readonly kind: 'anomaly' | 'shape' | 'weekly';
  readonly match?: string;
  readonly anomaly?: string;
  readonly days?: readonly number[];
  readonly from?: string;
  readonly until?: string;
  readonly zone?: string;
  readonly reason?: string;
}

export interface WouldSilence {
  readonly wouldSilence: readonly ListedAnomaly[];
  readonly real: readonly ListedAnomaly[];
}

export interface NewCalendar {
  readonly name: string;
  readonly match: string;
  readonly from: number;
  readonly until: number;
  readonly repeat: 'never' | 'weekly' | 'yearly';
  readonly zone: string;
}
