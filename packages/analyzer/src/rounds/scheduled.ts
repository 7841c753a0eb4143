import type { StateStore } from '@skylark/core';

/** The newest slot that anybody scheduled, and the first of the unbroken run of slots that it ends: `analyzer/scheduled`. */
export interface Scheduled {
  readonly from: number;
  readonly slot: number;
}

const key = 'analyzer/scheduled';

export async function readScheduled(state: StateStore): Promise<{ version: number; scheduled: Scheduled | null }> {
  const found = await state.get(key);
  if (found === null) return { version: 0, scheduled: null };
  const { slot, from = slot } = found.value as unknown as { slot: number; from?: number };
  return { version: found.version, scheduled: { from, slot } };
}

/** @throws SkylarkError version-conflict */
export async function writeScheduled(state: StateStore, { from, slot }: Scheduled, expected: number): Promise<void> {
  await state.set(key, { from, slot }, expected);
}

/** Slots of a shard that were not judged: nobody scheduled them (`skipped`), or a newer one was judged first (`coalesced`). */
export interface MissedSlots {
  readonly skipped: number;
  readonly coalesced: number;
}

/**
 * What became of the slots between the last one judged and this one. Before the first one judged, those that were scheduled count.
 *
 * Where scheduling was interrupted more than once in between, what was scheduled before the last interruption counts as skipped.
 *
 * @example missedSlots({ previous: 10, slot: 20, scheduled: { from: 17, slot: 20 } }) // { skipped: 6, coalesced: 3 }
 */
export function missedSlots({ previous, slot, scheduled }: { previous: number | null; slot: number; scheduled: Scheduled | null }): MissedSlots {
  const { from, slot: until } = scheduled ?? { from: slot, slot };
  const first = previous === null ? Math.min(from, slot) : previous + 1;
  const coalesced = Math.max(0, Math.min(slot - 1, until) - Math.max(first, from) + 1);
  return { skipped: slot - first - coalesced, coalesced };
}
