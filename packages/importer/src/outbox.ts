import type { AnomalyLog, Fence, StateStore } from '@skylark/core';
import { createDistinctCounter } from './distinct-counter.js';
import type { DistinctCounter } from './distinct-counter.js';
import { outboxChanges } from './outbox-changes.js';
import type { OutboxChanges } from './outbox-changes.js';

/** Where the importer has got to in the anomaly log: with the log itself, this is the outbox. */
export const cursorKey = 'importer/cursor';
const eventsAtOnce = 512;
const countedAtOnce = 1000;
/** Pages of one count: what is beyond is counted by the next ones. */
const pagesAtOnce = 100;

export interface OutboxPage extends OutboxChanges {
  readonly events: number;
  /** Whether there was room for more events on it: then nothing waits behind it. */
  readonly last: boolean;
  /** Events were dropped from the log before they were read. */
  readonly missed: boolean;
  /** Makes the next page begin after this one, for ever; rejects with `stale-lease` if another importer has taken over. */
  confirm(fence: Fence): Promise<void>;
}

/** Pop, then confirm: an unconfirmed page is read again, after a crash too. */
export interface Outbox {
  next(waitMs: number, signal?: AbortSignal): Promise<OutboxPage>;
  /** Anomalies whose changes are not confirmed. Each event is read once, however often this is asked while nothing can be confirmed; memory stays at a mebibyte. */
  count(): Promise<number>;
}

/** How far the waiting events have been counted. */
interface Counted {
  readonly confirmed: string;
  readonly upTo: string;
  readonly waiting: DistinctCounter;
}

export function createOutbox({ log, state }: { log: AnomalyLog; state: StateStore }): Outbox {
  let counted: Counted | null = null;
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
        counted = null;
      };
      return { ...outboxChanges(events), events: events.length, last: events.length < eventsAtOnce, missed, confirm };
    },
    async count() {
      const start = await confirmed();
      counted = counted?.confirmed === start ? counted : { confirmed: start, upTo: start, waiting: createDistinctCounter() };
      const { waiting } = counted;
      for (let page = 0; page < pagesAtOnce; page += 1) {
        const { cursor, events } = await log.follow(counted.upTo, countedAtOnce, 0);
        for (const { anomaly, type } of events) if (type !== 'annotated') waiting.add(anomaly.id);
        counted = { ...counted, upTo: cursor };
        if (events.length < countedAtOnce) break;
      }
      return waiting.count();
    },
  };
}
