import type { Anomaly, AnomalyFinding, AnomalyRemarks } from '../anomaly.js';
import type { NameMatcher } from '../matcher.js';
import type { Fence } from './state-store.js';

export type AnomalyEventType = 'opened' | 'updated' | 'closed' | 'annotated' | 'removed';

export interface AnomalyEvent {
  /** Of this event; strictly ascending as text of equal length, and as such an SSE id. */
  readonly cursor: string;
  readonly type: AnomalyEventType;
  readonly anomaly: Anomaly;
}

export interface AnomalyQuery {
  readonly state?: 'open' | 'closed' | 'all';
  readonly matches?: NameMatcher;
  readonly metric?: string;
  readonly minScore?: number;
  /** Overlap with [from, until); an open anomaly has no end. */
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface AnomalyPage {
  /** All that match, not just this page. */
  readonly total: number;
  /** By score, highest first; ties by id. */
  readonly anomalies: readonly Anomaly[];
  readonly nextCursor?: string;
}

export type RemarksChange = { -readonly [K in keyof AnomalyRemarks]?: AnomalyRemarks[K] };

/**
 * Anomalies, what people said of them, and the order in which it all happened.
 *
 * - `record` and `annotate` are durable when they resolve, and each change is one event that every follower
 *   (in other threads and processes too) gets exactly in order, none left out. Recording what is already there unchanged makes no event.
 * - `record` writes the analyzer's part only; people's remarks stay as they are. `annotate` the other way round.
 * - The type of an event follows from the change: a new id or closed to open is `opened`, open to closed `closed`, else `updated`.
 * - `remove` deletes anomalies of metrics, or closed ones that ended before a time; each removal is an event too.
 */
export interface AnomalyLog {
  /** With a fence, all or nothing: rejects with `stale-lease` when the lease has a newer token. */
  record(findings: readonly AnomalyFinding[], fence?: Fence): Promise<void>;
  /** Rejects with `unknown-anomaly`. Answers the whole anomaly after the change. */
  annotate(id: string, change: RemarksChange, now: number): Promise<Anomaly>;
  get(id: string): Promise<Anomaly | null>;
  query(query: AnomalyQuery): Promise<AnomalyPage>;
  /**
   * Events after the cursor, oldest first, at most `limit`; `''` is the very beginning, null means from now on (no events, but a cursor).
   * Answers at once when there are some, else after at most `waitMs`. `missed`: the cursor is older than the events still kept.
   */
  follow(cursor: string | null, limit: number, waitMs: number, signal?: AbortSignal): Promise<{ cursor: string; events: AnomalyEvent[]; missed: boolean }>;
  remove(selection: { metrics: readonly string[] } | { endedBefore: number }): Promise<number>;
}
