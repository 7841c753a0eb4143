import { SkylarkError, type Anomaly, type AnomalyEventType, type AnomalyFinding, type AnomalyPage, type AnomalyQuery, type AnomalyRemarks } from '@skylark/core';

/** The analyzer's part and the people's part, kept apart so that neither writes the other's. */
export interface StoredAnomaly {
  readonly finding: AnomalyFinding;
  readonly remarks: AnomalyRemarks;
  /** When a remark last changed. */
  readonly remarkedAt: number;
}

export const wholeAnomaly = ({ finding, remarks, remarkedAt }: StoredAnomaly): Anomaly => ({ ...finding, ...remarks, updated: Math.max(finding.updated, remarkedAt) });

/** Only the analyzer's fields, whatever else the object carries, in this order. */
export function findingOf(finding: AnomalyFinding): AnomalyFinding {
  const { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated } = finding;
  return { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated };
}

/** Only the people's fields, in this order. */
export function remarksOf({ acknowledged, mutedUntil, feedback, note, by }: AnomalyRemarks): AnomalyRemarks {
  return { acknowledged, mutedUntil, feedback, note, ...(by !== undefined && { by }) };
}

export function eventType(before: Anomaly['state'] | undefined, now: Anomaly['state']): AnomalyEventType {
  if (now === 'open') return before === 'open' ? 'updated' : 'opened';
  if (before === undefined) return 'opened';
  return before === 'open' ? 'closed' : 'updated';
}

/** What a query looks at. */
export type AnomalyHead = Pick<Anomaly, 'id' | 'metric' | 'state' | 'start' | 'end' | 'score'>;

export function matchesQuery(anomaly: AnomalyHead, { state = 'all', metric, matches: named, minScore, from, until }: AnomalyQuery): boolean {
  return (state === 'all' || anomaly.state === state)
    && (metric === undefined || anomaly.metric === metric)
    && (minScore === undefined || anomaly.score >= minScore)
    && (until === undefined || anomaly.start < until)
    && (from === undefined || anomaly.end === null || anomaly.end >= from)
    && (named === undefined || named(anomaly.metric));
}

/** Highest score first, ties by id. */
export const byScore = (a: Pick<Anomaly, 'score' | 'id'>, b: Pick<Anomaly, 'score' | 'id'>): number => b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The page after the cursor, which is the score and id of the last one before: steady under changes. */
export function pageOf<T extends Pick<Anomaly, 'score' | 'id'>>(sorted: readonly T[], { limit, cursor }: AnomalyQuery): { total: number; anomalies: T[]; nextCursor?: string } {
  const last = cursor === undefined ? null : parsePageCursor(cursor);
  const start = last === null ? 0 : sorted.findIndex((anomaly) => byScore(anomaly, last) > 0);
  const anomalies = start < 0 ? [] : sorted.slice(start, start + limit);
  const end = anomalies.at(-1);
  const more = end !== undefined && end !== sorted.at(-1);
  return { total: sorted.length, anomalies, ...(more && { nextCursor: toPageCursor(end) }) } satisfies Omit<AnomalyPage, 'anomalies'> & { anomalies: T[] };
}

export const toPageCursor = ({ score, id }: Pick<Anomaly, 'score' | 'id'>): string => Buffer.from(JSON.stringify([score, id])).toString('base64url');

export function parsePageCursor(cursor: string): Pick<Anomaly, 'score' | 'id'> {
  try {
    const [score, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown];
    if (typeof score === 'number' && typeof id === 'string') return { score, id };
  } catch {
    // Not ours: refused below.
  }
  throw new SkylarkError('bad-request', 'cursor is not one that a page gave');
}

const cursorDigits = 15;

/** The cursor of an event is its sequence; following goes on behind it. Equal length, so that text sorts as numbers do. */
export const toEventCursor = (sequence: number): string => String(sequence).padStart(cursorDigits, '0');

/** The sequence of the first event after the cursor; `''` is the very beginning. */
export function parseEventCursor(cursor: string): number {
  if (cursor === '') return 1;
  if (!/^\d{1,15}$/.test(cursor)) throw new SkylarkError('bad-request', `cursor ${JSON.stringify(cursor.slice(0, 40))}`);
  return Number(cursor) + 1;
}
