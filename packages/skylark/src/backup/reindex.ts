import type { Clock, StateStore } from '@skylark/core';

/** Where the importer has got to; see `createOutbox` in importer. */
const cursorKey = 'importer/cursor';
/** An importer waits for events for 5 s, and puts where it got to afterwards. */
const settleMs = 7000;
const lookEveryMs = 250;
const tries = 3;

/**
 * Lets the importer read the anomaly log from its beginning, so that every anomaly is indexed anew: for an index that was lost. Documents are replaced, none is there twice.
 * Resolves once the importer has begun, or none works: then the next one does.
 *
 * An importer at work may write down where it is a last time after the record was deleted: then it is deleted again.
 */
export async function reindex({ state, clock }: { state: StateStore; clock: Clock }): Promise<void> {
  const before = await cursorOf(state);
  for (let turn = 0; turn < tries; turn += 1) {
    await state.delete(cursorKey);
    const found = await nextCursor(state, clock);
    if (found === null || before === null || found < before) return;
  }
}

/** The first that is written down within the time. */
async function nextCursor(state: StateStore, clock: Clock): Promise<string | null> {
  for (const until = clock.elapsedMs() + settleMs; clock.elapsedMs() < until; await clock.sleep(lookEveryMs)) {
    const cursor = await cursorOf(state);
    if (cursor !== null) return cursor;
  }
  return null;
}

async function cursorOf(state: StateStore): Promise<string | null> {
  const value = (await state.get(cursorKey))?.value;
  return typeof value === 'string' ? value : null;
}
