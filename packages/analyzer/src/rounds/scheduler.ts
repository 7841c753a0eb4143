import { type Clock, isSkylarkError, type Json, type Logger, type StateStore, type WorkQueue } from '@skylark/core';
import type { Figures } from './figures.js';
import { readRoundRecords } from './round-record.js';
import { dueSlot, judgeQueue, parseSlotJob, settleSecondsOf, slotJob } from './slots.js';

export interface SchedulerOptions {
  readonly queue: WorkQueue;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly figures: Figures;
  readonly shards: number;
  readonly intervalSeconds: number;
}

/** The newest slot anybody scheduled. */
const scheduledKey = 'analyzer/scheduled';
/** However long the interval, a step of the clock is noticed within it. */
const longestSleepMs = 5000;
const retryMs = 1000;

/**
 * Puts the jobs of each slot into the queue when it is due, until aborted. As many may run as like: a job's id is its shard and slot.
 *
 * Only the newest slot is ever scheduled: jobs of older ones that still wait are dropped (`coalesced`), slots nobody scheduled are counted
 * (`skipped`), so a pause ends in one round, not a storm. Slots only ascend: a clock that was set back brings no second judgement, but a warning
 * and a growing lag, until it has caught up.
 */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, intervalSeconds } = options;
  const settleSeconds = settleSecondsOf(intervalSeconds);
  let last = -Infinity;
  let warned = false;
  while (!signal.aborted) {
    const slot = dueSlot(clock.now(), intervalSeconds, settleSeconds);
    if (slot < last && !warned) logger.warn('analyzer.clock-set-back', { slot, last, seconds: (last - slot) * intervalSeconds });
    warned = slot < last;
    let pauseMs = ((slot + 1) * intervalSeconds + settleSeconds - clock.now()) * 1000;
    if (slot > last) {
      try {
        last = Math.max(slot, await scheduleSlot(slot, options));
      } catch (error) {
        logger.warn('analyzer.schedule-failed', { slot, error });
        pauseMs = retryMs;
      }
    }
    await clock.sleep(Math.max(1, Math.min(longestSleepMs, pauseMs)), signal);
  }
}

/** Answers the newest slot scheduled, which is a later one if the clock was set back. */
async function scheduleSlot(slot: number, options: SchedulerOptions): Promise<number> {
  const { queue, state, figures, shards } = options;
  const record = await state.get(scheduledKey);
  const previous = record === null ? null : slotOf(record.value);
  if (previous !== null && previous > slot) return previous;
  figures.countSlots('coalesced', await queue.discard(judgeQueue, ({ data }) => (parseSlotJob(data)?.slot ?? slot) < slot));
  await queue.add(judgeQueue, (await shardsInOrder(state, shards)).map((shard) => slotJob({ shard, slot })));
  if (previous === slot) return slot;
  try {
    await state.set(scheduledKey, { slot }, record?.version ?? 0);
    if (previous !== null) figures.countSlots('skipped', (slot - previous - 1) * shards);
  } catch (error) {
    if (!isSkylarkError(error, 'version-conflict')) throw error;
  }
  return slot;
}

const slotOf = (value: Json): number => (value as { slot: number }).slot;

/** Those that waited longest first: what coalescing dropped in one slot is not dropped again in the next. */
async function shardsInOrder(state: StateStore, shards: number): Promise<number[]> {
  const records = await readRoundRecords(state);
  const lastSlot = (shard: number): number => records.get(shard)?.slot ?? -1;
  return Array.from({ length: shards }, (_, shard) => shard).sort((a, b) => lastSlot(a) - lastSlot(b) || a - b);
}
