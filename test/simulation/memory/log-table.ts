import { isDeepStrictEqual } from 'node:util';
import { type Anomaly, type AnomalyEvent, type AnomalyEventType, type AnomalyFinding, type AnomalyPage, type AnomalyQuery, type AnomalyRemarks, type Fence, noRemarks, type RemarksChange, SkylarkError } from '@skylark/core';
import type { StateTable } from './state-table.js';

interface Stored {
  readonly finding: AnomalyFinding;
  readonly remarks: AnomalyRemarks;
  readonly remarkedAt: number;
}

export interface FollowedEvents {
  readonly cursor: string;
  readonly events: AnomalyEvent[];
  readonly missed: boolean;
}

/** `AnomalyLog` as a map and a list of events: each call is one step. */
export interface LogTable {
  record(findings: readonly AnomalyFinding[], fence?: Fence): void;
  annotate(id: string, change: RemarksChange, now: number): Anomaly;
  get(id: string): Anomaly | null;
  query(query: AnomalyQuery): AnomalyPage;
  /** What there is now. */
  after(cursor: string | null, limit: number): FollowedEvents;
  remove(selection: { metrics: readonly string[] } | { endedBefore: number }): number;
}

export function createLogTable(state: StateTable, keepEvents: number, onEvents: () => void): LogTable {
  const anomalies = new Map<string, Stored>();
  let events: AnomalyEvent[] = [];
  let next = 1;
  const emit = (type: AnomalyEventType, anomaly: Anomaly): void => {
    events.push({ cursor: toCursor(next), type, anomaly });
    next += 1;
    if (events.length > keepEvents) events = events.slice(-keepEvents);
    onEvents();
  };
  const keep = (type: AnomalyEventType, stored: Stored): Anomaly => {
    anomalies.set(stored.finding.id, stored);
    emit(type, whole(stored));
    return whole(stored);
  };
  return {
    record(findings, fence) {
      if (findings.length === 0) return;
      state.checkFence(fence);
      for (const finding of findings.map(findingOf)) {
        const before = anomalies.get(finding.id);
        if (before !== undefined && isDeepStrictEqual(before.finding, finding)) continue;
        keep(eventType(before?.finding.state, finding.state), { remarks: noRemarks, remarkedAt: 0, ...before, finding });
      }
    },
    annotate(id, change, now) {
      const before = anomalies.get(id);
      if (before === undefined) throw new SkylarkError('unknown-anomaly', id);
      const remarks = { ...before.remarks, ...change };
      return isDeepStrictEqual(remarks, before.remarks) ? whole(before) : keep('annotated', { ...before, remarks, remarkedAt: now });
    },
    get: (id) => (anomalies.has(id) ? whole(anomalies.get(id)!) : null),
    query: (query) => page([...anomalies.values()].map(whole).filter((anomaly) => matches(anomaly, query)).sort(byScore), query),
    after(cursor, limit) {
      const first = next - events.length;
      const since = cursor === null ? next : parseCursor(cursor);
      const missed = since < first || since > next;
      const start = missed ? first : since;
      const some = events.slice(start - first, start - first + limit);
      return { cursor: some.at(-1)?.cursor ?? toCursor(start - 1), events: some, missed };
    },
    remove(selection) {
      const gone = [...anomalies.values()].filter(({ finding }) =>
        'metrics' in selection ? selection.metrics.includes(finding.metric) : finding.state === 'closed' && finding.end !== null && finding.end < selection.endedBefore);
      for (const stored of gone) {
        anomalies.delete(stored.finding.id);
        emit('removed', whole(stored));
      }
      return gone.length;
    },
  };
}

const whole = ({ finding, remarks, remarkedAt }: Stored): Anomaly => ({ ...finding, ...remarks, updated: Math.max(finding.updated, remarkedAt) });

function findingOf(finding: AnomalyFinding): AnomalyFinding {
  const { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated } = finding;
  return { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged, updated };
}

function eventType(before: Anomaly['state'] | undefined, now: Anomaly['state']): AnomalyEventType {
  if (before === undefined || (before === 'closed' && now === 'open')) return 'opened';
  return before === 'open' && now === 'closed' ? 'closed' : 'updated';
}

const toCursor = (sequence: number): string => String(sequence).padStart(12, '0');

function parseCursor(cursor: string): number {
  if (!/^\d*$/.test(cursor)) throw new SkylarkError('bad-request', `cursor ${cursor}`);
  return Number(cursor) + 1;
}

function matches(anomaly: Anomaly, { state = 'all', metric, matches: named, minScore, from, until }: AnomalyQuery): boolean {
  if (state !== 'all' && anomaly.state !== state) return false;
  if (metric !== undefined && anomaly.metric !== metric) return false;
  if (minScore !== undefined && anomaly.score < minScore) return false;
  if (until !== undefined && anomaly.start >= until) return false;
  if (from !== undefined && anomaly.end !== null && anomaly.end < from) return false;
  return named === undefined || named(anomaly.metric);
}

type Place = Pick<Anomaly, 'score' | 'id'>;
const byScore = (a: Place, b: Place): number => b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function page(sorted: readonly Anomaly[], { limit, cursor }: AnomalyQuery): AnomalyPage {
  const last = cursor === undefined ? null : parsePlace(cursor);
  const rest = last === null ? sorted : sorted.filter((anomaly) => byScore(anomaly, last) > 0);
  const anomalies = rest.slice(0, limit);
  const end = anomalies.at(-1);
  return { total: sorted.length, anomalies, ...(end !== undefined && rest.length > limit && { nextCursor: JSON.stringify([end.score, end.id]) }) };
}

function parsePlace(cursor: string): Place {
  try {
    const [score, id] = JSON.parse(cursor) as [number, string];
    return { score, id };
  } catch (cause) {
    throw new SkylarkError('bad-request', 'cursor is not one that a page gave', { cause });
  }
}
