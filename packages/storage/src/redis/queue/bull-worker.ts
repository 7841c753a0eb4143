import type { Clock, Job, Logger, QueueWorker } from '@skylark/core';
import { Worker } from 'bullmq';
import { holdSeconds, keepSeconds } from '../../rules/check-job.js';
import type { RedisClient } from '../connection/create-client.js';
import type { StoredJob } from './stored-job.js';

export interface RunningWorker extends QueueWorker {
  /** Aborts the jobs at hand. */
  abort(): void;
  /** Leaves the jobs at hand where they are: others take them when the hold on them has run out. */
  abandon(): Promise<void>;
}

export interface WorkerOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  /** As BullMQ has it, and as people do. */
  readonly name: string;
  readonly queue: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly handler: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly concurrency: number;
}

/** A job at hand, and when its hold was last renewed. */
interface Held {
  readonly aborting: AbortController;
  renewedMs: number;
}

const renewMs = 10_000;
/** Jobs of dead workers are looked for this often, by one worker for all. */
const stalledCheckMs = 5000;
const watchMs = 1000;
const retryMs = 1000;
/** A worker that died with a job counts as an attempt: as often as a failing one is tried again. */
const mostStalls = 2;

/** A BullMQ worker. The signal of a job aborts when its hold was lost, or could not be renewed while Redis was away. */
export function startWorker({ client, prefix, name, queue, clock, logger, handler, concurrency }: WorkerOptions): RunningWorker {
  const held = new Map<string, Held>();
  const run = async (id: string, stored: StoredJob): Promise<void> => {
    const one: Held = { aborting: new AbortController(), renewedMs: clock.elapsedMs() };
    held.set(id, one);
    try {
      await handler({ id, data: stored.of }, one.aborting.signal);
    } catch (error) {
      logger.warn('queue.job-failed', { queue, job: id, reason: messageOf(error) });
      throw error;
    } finally {
      if (held.get(id) === one) held.delete(id);
    }
  };
  const worker = new Worker<StoredJob>(name, ({ id, data }) => run(id ?? '', data), {
    connection: client, prefix, concurrency, skipVersionCheck: true, runRetryDelay: retryMs,
    lockDuration: holdSeconds * 1000, lockRenewTime: renewMs, stalledInterval: stalledCheckMs, maxStalledCount: mostStalls,
    removeOnComplete: { age: keepSeconds }, removeOnFail: { age: keepSeconds },
  });
  const lose = (id: string): void => held.get(id)?.aborting.abort();
  worker.on('error', (error) => logger.debug('queue.error', { queue, reason: error.message }));
  worker.on('lockRenewalFailed', (ids) => ids.forEach(lose));
  worker.on('locksRenewed', ({ jobIds }) => jobIds.forEach((id) => {
    const one = held.get(id);
    if (one) one.renewedMs = clock.elapsedMs();
  }));
  worker.on('stalled', (id) => logger.warn('queue.job-stalled', { queue, job: id }));
  const closing = new AbortController();
  void watch();
  let closed: Promise<void> | null = null;
  const close = (force: boolean): Promise<void> => (closed ??= worker.close(force).finally(() => closing.abort()));
  return {
    abort: () => held.forEach(({ aborting }) => aborting.abort()),
    close: () => close(false),
    abandon: async () => {
      held.forEach(({ aborting }) => aborting.abort());
      closing.abort();
      await worker.close(true);
    },
  };

  /** While Redis is away nobody tells of a hold that runs out. */
  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(watchMs, closing.signal);
      for (const [id, { renewedMs }] of held) if (clock.elapsedMs() - renewedMs > holdSeconds * 1000) lose(id);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
