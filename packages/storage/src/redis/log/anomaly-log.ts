import { isDeepStrictEqual } from 'node:util';
import { SkylarkError, type Anomaly, type AnomalyEvent, type AnomalyLog, type Clock, type Logger } from '@skylark/core';
import { checkId } from '../../limits.js';
import { parseEventCursor, remarksOf, toEventCursor, wholeAnomaly, type StoredAnomaly } from '../../rules/anomaly-rules.js';
import { staleLease } from '../../rules/state-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { stateKeys } from '../state/state-keys.js';
import { fenceArguments } from '../state/state-store.js';
import { createEventTail } from './event-tail.js';
import { logKeys } from './log-keys.js';
import { annotateLua, followLua, recordLua, removeLua } from './log-scripts.js';
import { queryAnomalies, selectForRemoval } from './query-anomalies.js';
import { metricMember, packRemarks, recordArguments, sequenceOf, unpackEvent, unpackStored, type StreamEntry } from './stored-log.js';

export interface AnomalyLogOptions {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Older events are forgotten: their followers are told that they missed some. Default 1,000,000; an event takes some 500 bytes. */
  readonly keepEvents?: number;
}

/** The `AnomalyLog` on Redis, and the end of its waiting. */
export interface RedisAnomalyLog extends AnomalyLog {
  close(): void;
}

const removalsPerScript = 500;

/** A change, its event in the stream and the check of its lease are one script; all processes follow the same stream. */
export function createAnomalyLog({ connection, clock, logger, keepEvents = 1_000_000 }: AnomalyLogOptions): RedisAnomalyLog {
  const { tokens } = stateKeys(connection);
  const keys = logKeys(connection);
  const { findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence } = keys;
  const tail = createEventTail({ connection, clock, events });
  const read = async (id: string): Promise<{ stored: StoredAnomaly; remarks: Buffer | null } | null> => {
    const lua = "return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[1])}";
    const [finding, said] = (await connection.read((client) => client.callBuffer('eval', lua, 2, findings, remarks, checkId('anomaly id', id)))) as [Buffer | null, Buffer | null];
    return finding ? { stored: unpackStored(id, finding, said), remarks: said } : null;
  };
  /** A damaged event is passed over: what it told of is in the log itself. */
  const eventsFrom = async (from: number | '', limit: number): Promise<{ before: number; last: number; missed: boolean; events: AnomalyEvent[] }> => {
    const [start, missed, found] = (await connection.read((client) => client.callBuffer('eval', followLua, 2, events, sequence, from, limit))) as [Buffer, number, StreamEntry[]];
    const before = Number(start) - 1;
    return { before, last: found.length > 0 ? sequenceOf(found.at(-1)!) : before, missed: Number(missed) === 1, events: found.flatMap((entry) => readable(entry, logger)) };
  };
  return {
    async record(changed, fence) {
      if (changed.length === 0) return;
      for (const { id } of changed) checkId('anomaly id', id);
      const all = [tokens, findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence];
      const [outcome, newest] = (await connection.script(recordLua, all, [...fenceArguments(fence), keepEvents, ...changed.flatMap(recordArguments)])) as [string, string?];
      if (outcome === 'stale') throw staleLease(fence!, Number(newest));
    },
    async annotate(id, change, now) {
      for (;;) {
        const before = await read(id);
        if (!before) throw new SkylarkError('unknown-anomaly', id);
        const stored: StoredAnomaly = { ...before.stored, remarks: remarksOf({ ...before.stored.remarks, ...change }), remarkedAt: now };
        if (isDeepStrictEqual(before.stored.remarks, stored.remarks)) return wholeAnomaly(before.stored);
        const outcome = await connection.script(annotateLua, [findings, remarks, events, sequence], [id, before.remarks ?? '', packRemarks(stored)]);
        if (outcome === 1) return wholeAnomaly((await read(id))?.stored ?? stored);
        if (outcome === -1) throw new SkylarkError('unknown-anomaly', id);
      }
    },
    async get(id): Promise<Anomaly | null> {
      const found = await read(id);
      return found && wholeAnomaly(found.stored);
    },
    query: (query) => queryAnomalies(connection, keys, query),
    async follow(cursor, limit, waitMs, signal) {
      const deadline = clock.elapsedMs() + waitMs;
      for (;;) {
        const page = await eventsFrom(cursor === null ? '' : parseEventCursor(cursor), limit);
        const left = deadline - clock.elapsedMs();
        if (page.last > page.before || page.missed || cursor === null || left <= 0 || signal?.aborted === true) {
          return { cursor: toEventCursor(page.last), events: page.events, missed: page.missed };
        }
        await tail.wait(page.before, left, signal);
      }
    },
    async remove(selection) {
      const before = 'endedBefore' in selection ? selection.endedBefore : '';
      const ids = await selectForRemoval(connection, keys, selection);
      let removed = 0;
      for (let i = 0; i < ids.length; i += removalsPerScript) {
        const some = ids.slice(i, i + removalsPerScript).flatMap(({ id, metric }) => [id, metricMember(metric, id)]);
        removed += Number(await connection.script(removeLua, [findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence], [before, ...some], { evenWhenFull: true }));
      }
      return removed;
    },
    close: () => tail.close(),
  };
}

function readable(entry: StreamEntry, logger: Logger): AnomalyEvent[] {
  try {
    return [unpackEvent(entry)];
  } catch (error) {
    logger.error('store.damaged-record', { kind: 'event', key: String(sequenceOf(entry)), reason: error instanceof Error ? error.message : String(error) });
    return [];
  }
}
