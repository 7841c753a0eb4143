import { type Clock, type Job, type Logger, type QueueWorker, type WorkQueue } from '@skylark/core';
import { checkId } from '../limits.js';
import { createJobTable, type ClaimedJob, type JobTable } from './job-table.js';
import type { Records } from './records.js';
import { checkJob, closingMs, holdSeconds } from '../rules/check-job.js';
import type { Tree } from './tree.js';

const pollMs = 100;
const renewMs = 10_000;

export interface WorkQueueOptions {
  readonly tree: Tree;
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The `WorkQueue` on the tree, and the end of its workers. */
export interface EmbeddedWorkQueue extends WorkQueue {
  /** Gives the jobs of a process that is gone back to the waiting. */
  handBack(): Promise<void>;
  close(): Promise<void>;
}

export function createWorkQueue({ tree, records, clock, logger }: WorkQueueOptions): EmbeddedWorkQueue {
  const table = createJobTable({ tree, records, holdSeconds });
  const wakes = new Set<(queue: string) => void>();
  const workers = new Set<RunningWorker>();
  return {
    async add(queue, jobs) {
      jobs.forEach(checkJob);
      if (jobs.length === 0) return 0;
      const added = await table.add(checkId('queue', queue), jobs, clock.now());
      if (added > 0) for (const wake of wakes) wake(queue);
      return added;
    },
    work(queue, handler, { concurrency }) {
      const worker = startWorker({ table, clock, logger, queue: checkId('queue', queue), handler, concurrency });
      const wake = (woken: string): void => {
        if (woken === queue) worker.wake();
      };
      wakes.add(wake);
      workers.add(worker);
      return {
        close: async () => {
          await worker.close();
          wakes.delete(wake);
          workers.delete(worker);
        },
      };
    },
    counts: async (queue) => table.counts(checkId('queue', queue)),
    discard: async (queue, predicate) => table.discard(checkId('queue', queue), predicate),
    handBack: () => table.handBack(),
    async close() {
      for (const worker of workers) worker.abort();
      const ended = Promise.all([...workers].map((worker) => worker.close()));
      await Promise.race([ended, clock.sleep(closingMs)]);
    },
  };
}

interface RunningWorker extends QueueWorker {
  wake(): void;
  /** Aborts the jobs at hand. */
  abort(): void;
}

interface WorkerOptions {
  readonly table: JobTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: string;
  readonly handler: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly concurrency: number;
}

function startWorker(options: WorkerOptions): RunningWorker {
  const { table, clock, logger, queue, concurrency } = options;
  const running = new Map<Promise<void>, AbortController>();
  let closing = false;
  let idle = new AbortController();
  const wake = (): void => idle.abort();
  const start = (claimed: ClaimedJob): void => {
    const aborting = new AbortController();
    const job = runJob(options, claimed, aborting).finally(() => {
      running.delete(job);
      wake();
    });
    running.set(job, aborting);
  };
  const loop = async (): Promise<void> => {
    while (!closing) {
      idle = new AbortController();
      try {
        const claimed = running.size < concurrency ? await table.claim(queue, concurrency - running.size, clock.now()) : [];
        claimed.forEach(start);
        if (claimed.length > 0) continue;
      } catch (error) {
        logger.warn('queue.claim-failed', { queue, reason: messageOf(error) });
      }
      await clock.sleep(pollMs, idle.signal);
    }
    await Promise.all(running.keys());
  };
  const ended = loop();
  return {
    wake,
    abort: () => running.forEach((aborting) => aborting.abort()),
    close() {
      closing = true;
      wake();
      return ended;
    },
  };
}

/** Runs the handler while holding the job; never rejects. */
async function runJob({ table, clock, logger, queue, handler }: WorkerOptions, { job, claim }: ClaimedJob, aborting: AbortController): Promise<void> {
  const done = new AbortController();
  const holding = holdOn();
  let succeeded = true;
  try {
    await handler(job, aborting.signal);
  } catch (error) {
    succeeded = false;
    logger.warn('queue.job-failed', { queue, job: job.id, reason: messageOf(error) });
  }
  done.abort();
  await holding;
  await table.finish(queue, { id: job.id, claim, succeeded, now: clock.now() }).catch((error: unknown) => logger.warn('queue.finish-failed', { queue, job: job.id, reason: messageOf(error) }));

  async function holdOn(): Promise<void> {
    for (;;) {
      await clock.sleep(renewMs, done.signal);
      if (done.signal.aborted) return;
      const held = await table.hold(queue, { id: job.id, claim, now: clock.now() }).catch(() => true);
      if (held) continue;
      aborting.abort();
      return;
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

