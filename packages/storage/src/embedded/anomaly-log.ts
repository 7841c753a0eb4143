import { isDeepStrictEqual } from 'node:util';
import { noRemarks, SkylarkError, type Anomaly, type AnomalyEvent, type AnomalyEventType, type AnomalyFinding, type AnomalyLog, type Clock } from '@skylark/core';
import { after, kindKey, kinds, readNumber, sequenceKey, textKey, textOf } from './keys.js';
import { checkId } from '../limits.js';
import { byScore, eventType, findingOf, matchesQuery, pageOf, parseEventCursor, remarksOf, toEventCursor, wholeAnomaly, type StoredAnomaly } from '../rules/anomaly-rules.js';
import type { Records } from './records.js';
import { checkFence } from './state-store.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

interface EventHead {
  /** Events kept are those from `first` to before `next`. */
  readonly first: number;
  readonly next: number;
}

const pollMs = 100;
const removalsPerTransaction = 500;

export interface AnomalyLogOptions {
  readonly tree: Tree;
  readonly records: Records;
  readonly clock: Clock;
  /** Older events are forgotten: their followers are told that they missed some. Default 100,000. */
  readonly keepEvents?: number;
}

/** The `AnomalyLog` on the tree: anomalies by id, the open ones' ids once more, events by sequence. A change and its event are one transaction. */
export function createAnomalyLog({ tree, records, clock, keepEvents = 100_000 }: AnomalyLogOptions): AnomalyLog {
  const read = (reader: TreeReader, id: string): StoredAnomaly | null => {
    const payload = reader.get(textKey(kinds.anomaly, checkId('anomaly id', id)));
    return payload ? records.unpack<StoredAnomaly>(payload) : null;
  };
  const write = (writer: TreeWriter, stored: StoredAnomaly): void => {
    const { id, state } = stored.finding;
    writer.put(textKey(kinds.anomaly, id), records.pack(stored));
    if (state === 'open') writer.put(textKey(kinds.openAnomaly, id), new Uint8Array(0));
    else writer.remove(textKey(kinds.openAnomaly, id));
  };
  const readEventHead = (reader: TreeReader): EventHead => {
    const payload = reader.get(kindKey(kinds.eventHead));
    return payload ? records.unpack<EventHead>(payload) : rebuildEventHead(reader);
  };
  const emit = (writer: TreeWriter, events: readonly { type: AnomalyEventType; anomaly: Anomaly }[]): void => {
    if (events.length === 0) return;
    const { first, next } = readEventHead(writer);
    events.forEach((event, i) => writer.put(sequenceKey(kinds.event, next + i), records.pack(event)));
    const end = next + events.length;
    const kept = Math.max(first, end - keepEvents);
    for (let sequence = first; sequence < kept; sequence += 1) writer.remove(sequenceKey(kinds.event, sequence));
    writer.put(kindKey(kinds.eventHead), records.pack({ first: kept, next: end } satisfies EventHead));
  };
  const recordOne = (writer: TreeWriter, finding: AnomalyFinding): { type: AnomalyEventType; anomaly: Anomaly }[] => {
    const before = read(writer, finding.id);
    const own = findingOf(finding);
    if (before && isDeepStrictEqual(before.finding, own)) return [];
    const stored: StoredAnomaly = { finding: own, remarks: before?.remarks ?? noRemarks, remarkedAt: before?.remarkedAt ?? 0 };
    write(writer, stored);
    return [{ type: eventType(before?.finding.state, own.state), anomaly: wholeAnomaly(stored) }];
  };
  const removeSome = async (ids: readonly string[], still: (stored: StoredAnomaly) => boolean): Promise<number> => tree.write((writer) => {
    const gone = ids.map((id) => read(writer, id)).filter((stored): stored is StoredAnomaly => stored !== null && still(stored));
    for (const { finding } of gone) {
      writer.remove(textKey(kinds.anomaly, finding.id));
      writer.remove(textKey(kinds.openAnomaly, finding.id));
    }
    emit(writer, gone.map((stored) => ({ type: 'removed', anomaly: wholeAnomaly(stored) })));
    return gone.length;
  });
  return {
    async record(findings, fence) {
      if (findings.length === 0) return;
      await tree.write((writer) => {
        if (fence) checkFence(writer, fence);
        emit(writer, findings.flatMap((finding) => recordOne(writer, finding)));
      });
    },
    annotate: async (id, change, now) => tree.write((writer) => {
      const before = read(writer, id);
      if (!before) throw new SkylarkError('unknown-anomaly', id);
      const remarks = remarksOf({ ...before.remarks, ...change });
      if (isDeepStrictEqual(before.remarks, remarks)) return wholeAnomaly(before);
      const stored: StoredAnomaly = { finding: before.finding, remarks, remarkedAt: now };
      write(writer, stored);
      emit(writer, [{ type: 'annotated', anomaly: wholeAnomaly(stored) }]);
      return wholeAnomaly(stored);
    }),
    async get(id) {
      tree.fresh();
      const stored = read(tree, id);
      return stored && wholeAnomaly(stored);
    },
    async query(query) {
      tree.fresh();
      const found: Anomaly[] = [];
      const consider = (stored: StoredAnomaly | null): void => {
        const anomaly = stored && wholeAnomaly(stored);
        if (anomaly && matchesQuery(anomaly, query)) found.push(anomaly);
      };
      const kind = query.state === 'open' ? kinds.openAnomaly : kinds.anomaly;
      if (kind === kinds.anomaly) tree.scan(kindKey(kind), after(kindKey(kind)), (_, payload) => consider(records.unpack<StoredAnomaly>(payload)));
      else for (const id of openIds(tree)) consider(read(tree, id));
      return pageOf(found.sort(byScore), query);
    },
    async follow(cursor, limit, waitMs, signal) {
      const deadline = clock.elapsedMs() + waitMs;
      for (;;) {
        tree.fresh();
        const head = readEventHead(tree);
        const since = cursor === null ? head.next : parseEventCursor(cursor);
        const missed = since < head.first || since > head.next;
        const start = missed ? head.first : since;
        const events = readEvents(tree, start, Math.min(head.next, start + limit));
        const left = deadline - clock.elapsedMs();
        if (events.length > 0 || missed || cursor === null || left <= 0 || signal?.aborted === true) {
          const last = events.at(-1);
          return { cursor: last ? last.cursor : toEventCursor(start - 1), events, missed };
        }
        await clock.sleep(Math.min(pollMs, left), signal);
      }
    },
    async remove(selection) {
      const metrics = 'metrics' in selection ? new Set(selection.metrics) : null;
      const still = ({ finding }: StoredAnomaly): boolean =>
        'metrics' in selection ? metrics!.has(finding.metric) : finding.end !== null && finding.state === 'closed' && finding.end < selection.endedBefore;
      tree.fresh();
      const ids: string[] = [];
      tree.scan(kindKey(kinds.anomaly), after(kindKey(kinds.anomaly)), (_, payload) => {
        const stored = records.unpack<StoredAnomaly>(payload);
        if (still(stored)) ids.push(stored.finding.id);
      });
      let removed = 0;
      for (let i = 0; i < ids.length; i += removalsPerTransaction) removed += await removeSome(ids.slice(i, i + removalsPerTransaction), still);
      return removed;
    },
  };

  function readEvents(reader: TreeReader, from: number, until: number): AnomalyEvent[] {
    const events: AnomalyEvent[] = [];
    if (from < until) {
      reader.scan(sequenceKey(kinds.event, from), sequenceKey(kinds.event, until), (key, payload) => {
        events.push({ cursor: toEventCursor(readNumber(key, 1, 6)), ...records.unpack<{ type: AnomalyEventType; anomaly: Anomaly }>(payload) });
      });
    }
    return events;
  }
}

function openIds(reader: TreeReader): string[] {
  const ids: string[] = [];
  const prefix = kindKey(kinds.openAnomaly);
  reader.keys(prefix, after(prefix), (key) => void ids.push(textOf(key.subarray(1))));
  return ids;
}

/** Missing before the first event, or damaged: then from the events themselves, with a gap that makes followers see that they may have missed some. */
function rebuildEventHead(reader: TreeReader): EventHead {
  let first = 0;
  let last = 0;
  reader.keys(kindKey(kinds.event), after(kindKey(kinds.event)), (key) => {
    last = readNumber(key, 1, 6);
    if (first === 0) first = last;
  });
  return last === 0 ? { first: 1, next: 1 } : { first, next: last + 1 };
}
