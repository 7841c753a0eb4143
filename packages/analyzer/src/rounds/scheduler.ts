import { type Clock, isSkylarkError, type Logger, type StateStore, type WorkQueue } from '@skylark/core';
import { readRoundRecords } from './round-record.js';
import { readScheduled, writeScheduled } from './scheduled.js';
import { dueSlot, judgeQueue, parseSlotJob, settleSecondsOf, slotJob } from './slots.js';

export interface SchedulerOptions {
  readonly queue: WorkQueue;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly shards: number;
  readonly intervalSeconds: number;
}

/** However long the interval, a step of the clock is noticed within it. */
const longestSleepMs = 5000;
const retryMs = 1000;

/**
 * Puts the jobs of each slot into the queue when it is due, until aborted. As many may run as like: a job's id is its shard and slot.
 *
 * Only the newest slot is ever scheduled, and jobs of older ones that still wait are dropped, so a pause ends in one round, not a storm; what a shard
 * missed is counted when it is next judged. Slots only ascend: a clock that was set back brings no second judgement, but a warning
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
  const { queue, state, shards } = options;
  const { version, scheduled } = await readScheduled(state);
  if (scheduled !== null && scheduled.slot > slot) return scheduled.slot;
  await queue.discard(judgeQueue, ({ data }) => (parseSlotJob(data)?.slot ?? slot) < slot);
  await queue.add(judgeQueue, (await shardsInOrder(state, shards)).map((shard) => slotJob({ shard, slot })));
  if (scheduled?.slot === slot) return slot;
  try {
    await writeScheduled(state, { from: scheduled?.slot === slot - 1 ? scheduled.from : slot, slot }, version);
  } catch (error) {
    if (!isSkylarkError(error, 'version-conflict')) throw error;
  }
  return slot;
}

/** Those that waited longest first: what coalescing dropped in one slot is not dropped again in the next. */
async function shardsInOrder(state: StateStore, shards: number): Promise<number[]> {
  const records = await readRoundRecords(state);
  const lastSlot = (shard: number): number => records.get(shard)?.slot ?? -1;
  return Array.from({ length: shards }, (_, shard) => shard).sort((a, b) => lastSlot(a) - lastSlot(b) || a - b);
}
