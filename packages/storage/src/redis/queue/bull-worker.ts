import type { Clock, Job, Logger, QueueWorker } from '@skylark/core';
import { WaitingError, Worker, type Job as BullJob } from 'bullmq';
import { closingMs, keepSeconds } from '../../rules/check-job.js';
import type { RedisClient } from '../connection/create-client.js';
import type { StoredJob } from './stored-job.js';

export interface RunningWorker extends QueueWorker {
  /** Aborts the jobs at hand, gives them a few seconds, then leaves them: others take them when the hold on them has run out. */
  end(): Promise<void>;
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
  /** A worker that does not renew its hold on a job for so long is thought dead. */
  readonly holdMs: number;
}

/** A job at hand, and when its hold was last renewed. */
interface Held {
  readonly aborting: AbortController;
  renewedMs: number;
}

/** Jobs of dead workers are looked for this often, by one worker for all; never less often than holds are renewed. */
const stalledCheckMs = 5000;
const watchMs = 1000;
const retryMs = 1000;
/** Of Redis, when a worker without a job at hand is closed. */
const answerMs = 2000;
const closingPollMs = 50;
/** A worker that died with a job counts as an attempt: as often as a failing one is tried again. */
const mostStalls = 2;

/** A BullMQ worker. The signal of a job aborts when its hold was lost, or could not be renewed while Redis was away. */
export function startWorker({ client, prefix, name, queue, clock, logger, handler, concurrency, holdMs }: WorkerOptions): RunningWorker {
  const held = new Map<string, Held>();
  let stopping = false;
  const run = async (job: BullJob<StoredJob>, token: string | undefined): Promise<void> => {
    const id = job.id ?? '';
    // It was on its way when the closing began: it is handed back untouched.
    if (stopping) return handBack(job, token);
    const one: Held = { aborting: new AbortController(), renewedMs: clock.elapsedMs() };
    held.set(id, one);
    try {
      await handler({ id, data: job.data.of }, one.aborting.signal);
    } catch (error) {
      if (stopping && one.aborting.signal.aborted) return await handBack(job, token);
      logger.warn('queue.job-failed', { queue, job: id, reason: messageOf(error) });
      throw error;
    } finally {
      if (held.get(id) === one) held.delete(id);
    }
  };
  const worker = new Worker<StoredJob>(name, (job, token) => run(job, token), {
    connection: client, prefix, concurrency, skipVersionCheck: true, runRetryDelay: retryMs,
    lockDuration: holdMs, lockRenewTime: holdMs / 3, stalledInterval: Math.min(stalledCheckMs, holdMs / 3), maxStalledCount: mostStalls,
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
  let leaveMs = Infinity;
  let closed: Promise<void> | null = null;
  return {
    close: () => (closed ??= close()),
    end() {
      stopping = true;
      held.forEach(({ aborting }) => aborting.abort());
      leaveMs = clock.elapsedMs() + closingMs;
      return (closed ??= close());
    },
  };

  /** BullMQ's own closing waits for Redis for as long as that is away: we wait for the handlers, and a little for Redis. */
  async function close(): Promise<void> {
    stopping = true;
    let done = false;
    const graceful = worker.close().catch(() => undefined).finally(() => (done = true));
    let idleMs: number | null = null;
    while (!done) {
      await Promise.race([graceful, clock.sleep(closingPollMs)]);
      const now = clock.elapsedMs();
      idleMs = held.size > 0 ? null : (idleMs ?? now);
      if (done || now < leaveMs && (idleMs === null || now - idleMs < answerMs)) continue;
      await release(worker);
      break;
    }
    closing.abort();
  }

  /** While Redis is away nobody tells of a hold that runs out. */
  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(watchMs, closing.signal);
      for (const [id, { renewedMs }] of held) if (clock.elapsedMs() - renewedMs > holdMs) lose(id);
    }
  }
}

/** The next worker takes it, and it counts as no attempt: the process was told to end. */
async function handBack(job: BullJob<StoredJob>, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Ends what keeps a process alive of a worker that cannot be closed: its timer, which BullMQ has no other way to stop then, and its blocking connection. */
async function release(worker: Worker<StoredJob>): Promise<void> {
  const { lockManager } = worker as unknown as { readonly lockManager: { close(): Promise<void> } };
  await lockManager.close();
  const blocking = worker.getBackend().blockingClient as Promise<{ disconnect(): void }> | undefined;
  void blocking?.then((client) => client.disconnect(), () => undefined);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
