import type { Anomaly, AnomalyState } from './anomaly.js';

/** A metric that moved like an incident's leader and was not flagged. */
export interface RelatedMetric {
  readonly metric: string;
  /** As in a search; lower is nearer. */
  readonly distance: number;
  /** Above 0: later than the leader. */
  readonly lagSeconds: number;
  /** -1: the other way. */
  readonly sign: 1 | -1;
}

/** Anomalies that started together. Times in seconds. */
export interface Incident {
  /** That of the anomaly that was recorded of it first in time. */
  readonly id: string;
  readonly state: AnomalyState;
  readonly start: number;
  /** null while one of its anomalies is open. */
  readonly end: number | null;
  /** The metric that moved first. */
  readonly leader: string;
  /** Ids, who moved first first. */
  readonly anomalies: readonly string[];
  /** The metrics of these anomalies, in the same order, each once. */
  readonly metrics: readonly string[];
  /** The highest score of its anomalies. */
  readonly score: number;
  readonly related: readonly RelatedMetric[];
}

/**
 * What people said is normal: an anomaly it matches is recorded and shown, and nobody is called for it.
 * `anomaly`: this one. `shape`: those of matching metrics that look like a given one. `weekly`: those that start in a stretch of the week.
 */
export interface Silence {
  readonly id: string;
  readonly kind: 'anomaly' | 'shape' | 'weekly';
  /** Metrics it is about: a name, glob or /regex/. */
  readonly match: string;
  /** The anomaly it was made of; of `anomaly` and `shape`. */
  readonly anomaly: string | null;
  /** Of `shape`: what to look like; see `shapeVector`. */
  readonly shape: readonly number[] | null;
  /** Of `weekly`: ISO days (1 is Monday) on which the stretch begins, and its times `HH:MM` in the zone; until at or before from is the next day. */
  readonly days: readonly number[] | null;
  readonly from: string | null;
  readonly until: string | null;
  /** IANA name. */
  readonly zone: string;
  readonly reason: string;
  readonly by: string;
  readonly created: number;
  /** null: until somebody takes it back. */
  readonly expires: number | null;
}

/** A planned window or a holiday: nobody is called for matching metrics meanwhile. */
export interface Calendar {
  readonly id: string;
  readonly name: string;
  readonly match: string;
  readonly from: number;
  readonly until: number;
  /** Again at the same wall-clock time in the zone, every week or year. */
  readonly repeat: 'never' | 'weekly' | 'yearly';
  readonly zone: string;
  readonly by: string;
  readonly created: number;
}

/** How many notifications a day somebody wants at most, and what follows from it. */
export interface Budget {
  /** null: no limit; `notifications.minScore` decides alone. */
  readonly perDay: number | null;
  /** From which score an incident of a group (the first segment of its leader's name) is notified. */
  readonly thresholds: readonly { readonly group: string; readonly minScore: number }[];
  /** What would have been sent on each of the last days, newest first; `day` is its first second. */
  readonly preview: readonly { readonly day: number; readonly notified: number; readonly withheld: number }[];
}

/** What was sent, or kept quiet by the budget. */
export interface SentNotification {
  readonly id: string;
  readonly at: number;
  readonly incident: string;
  readonly leader: string;
  readonly score: number;
  readonly text: string;
  readonly result: 'sent' | 'withheld';
  /** How many targets were set: with none it is only kept, so that a budget can be tried. */
  readonly targets: number;
  /** Targets it has not reached yet. */
  readonly pending: readonly { readonly target: string; readonly attempts: number; readonly error: string | null }[];
}

type Given<T> = Omit<T, 'id' | 'by' | 'created'>;
export type NewSilence = Omit<Given<Silence>, 'shape'>;
export type NewCalendar = Given<Calendar>;

/** What something would have silenced in the past; `real` are those among them that people said were real. */
export interface WouldSilence {
  readonly wouldSilence: readonly Anomaly[];
  readonly real: readonly Anomaly[];
}

/** What people said about when to be called: silences, calendars, the budget. */
export interface AlertBook {
  silences(): Promise<Silence[]>;
  /** @throws SkylarkError bad-request, bad-pattern, unknown-anomaly */
  wouldSilence(silence: NewSilence): Promise<WouldSilence>;
  silence(silence: NewSilence, by: string): Promise<Silence>;
  /** True if there was one. */
  unsilence(id: string): Promise<boolean>;
  calendars(): Promise<Calendar[]>;
  plan(calendar: NewCalendar, by: string): Promise<Calendar>;
  unplan(id: string): Promise<boolean>;
  budget(): Promise<Budget>;
  /** What a budget would do; nothing is changed. */
  previewBudget(perDay: number | null): Promise<Budget>;
  setBudget(perDay: number | null): Promise<Budget>;
  /** Anomalies nobody is to be called for, by id, with what says so. */
  readonly quieted: (anomalies: readonly Anomaly[]) => Promise<Map<string, string>>;
}
