import type { Json } from '@skylark/core';

/** Queue of the jobs; one job is one shard at one slot. */
export const judgeQueue = 'judge';
/** Where jobs of a version this process does not know wait for one that does. */
export const parkedQueue = 'judge-parked';

const jobVersion = 1;

/** `slot` is floor(time / interval): the number of the interval, since the epoch. */
export interface SlotJob {
  readonly shard: number;
  readonly slot: number;
}

/** The slot that is due: the newest whose own second, and `settleSeconds` for what is on its way, have passed. */
export function dueSlot(now: number, intervalSeconds: number, settleSeconds: number): number {
  return Math.floor((now - settleSeconds) / intervalSeconds);
}

/** What datapoints stamped with the slot's second need to arrive and to be kept: a thirtieth of the interval, at most 2 s. */
export function settleSecondsOf(intervalSeconds: number): number {
  return Math.min(2, intervalSeconds / 30);
}

export function slotJob({ shard, slot }: SlotJob): { id: string; data: Json } {
  return { id: `${shard}-${slot}`, data: { version: jobVersion, shard, slot } };
}

/** null: not a job this version knows. */
export function parseSlotJob(data: Json): SlotJob | null {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return null;
  const { version, shard, slot } = data as { readonly [key: string]: Json };
  return version === jobVersion && typeof shard === 'number' && typeof slot === 'number' ? { shard, slot } : null;
}
