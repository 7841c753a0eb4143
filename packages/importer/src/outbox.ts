import type { AnomalyLog, Fence, StateStore } from '@skylark/core';
import { outboxChanges } from './outbox-changes.js';
import type { OutboxChanges } from './outbox-changes.js';

/** Where the importer has got to in the anomaly log: with the log itself, this is the outbox. */
export const cursorKey = 'importer/cursor';
const eventsAtOnce = 256;
const countedAtOnce = 1000;
/** Waiting documents are counted up to here. */
const mostCounted = 100_000;

export interface OutboxPage extends OutboxChanges {
  readonly events: number;
  /** Events were dropped from the log before they were read. */
  readonly missed: boolean;
  /** Makes the next page begin after this one, for ever; rejects with `stale-lease` if another importer has taken over. */
  confirm(fence: Fence): Promise<void>;
}

/** Pop, then confirm: an unconfirmed page is read again, after a crash too. */
export interface Outbox {
  next(waitMs: number, signal?: AbortSignal): Promise<OutboxPage>;
  /** Anomalies whose changes are not confirmed. */
  count(): Promise<number>;
}

export function createOutbox({ log, state }: { log: AnomalyLog; state: StateStore }): Outbox {
  const confirmed = async (): Promise<string> => {
    const record = await state.get(cursorKey);
    return typeof record?.value === 'string' ? record.value : '';
  };
  return {
    async next(waitMs, signal) {
      const before = await confirmed();
      const { cursor, events, missed } = await log.follow(before, eventsAtOnce, waitMs, signal);
      const confirm = async (fence: Fence): Promise<void> => {
        if (cursor !== before) await state.set(cursorKey, cursor, null, fence);
      };
      return { ...outboxChanges(events), events: events.length, missed, confirm };
    },
    async count() {
      const waiting = new Set<string>();
      let cursor = await confirmed();
      for (let more = true; more && waiting.size < mostCounted;) {
        const page = await log.follow(cursor, countedAtOnce, 0);
        for (const { anomaly, type } of page.events) if (type !== 'annotated') waiting.add(anomaly.id);
        more = page.events.length > 0;
        cursor = page.cursor;
      }
      return waiting.size;
    },
  };
}
