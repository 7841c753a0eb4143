import type { Clock, Job } from '@skylark/core';
import type { ClaimedJob } from './job-table.js';

export interface RunningWorker {
  readonly wake: () => void;
  /** Aborts the jobs at hand. */
  abort(): void;
  /** Lets the jobs at hand finish. */
  close(): Promise<void>;
}

export interface WorkerOptions {
  readonly clock: Clock;
  readonly handler: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly concurrency: number;
  readonly claim: (limit: number) => Promise<readonly ClaimedJob[]>;
  readonly hold: (held: { id: string; claim: number }) => Promise<boolean>;
  readonly finish: (done: { id: string; claim: number; succeeded: boolean }) => Promise<void>;
}

/** A reason of its own spares every abort the making of an error. */
const because = 'woken';
/** Looks for jobs whose worker died, which nobody tells of. */
const pollMs = 15_000;
const renewMs = 10_000;

/** The consumer of a queue as a process has it: claims, holds, finishes; what fails on the way is tried again or left to another worker. */
export function startWorker(options: WorkerOptions): RunningWorker {
  const { clock, concurrency, claim } = options;
  const running = new Map<Promise<void>, AbortController>();
  let closing = false;
  let woken = false;
  let idle = new AbortController();
  const wake = (): void => {
    woken = true;
    idle.abort(because);
  };
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
      woken = false;
      const claimed = running.size < concurrency ? await claim(concurrency - running.size).catch(() => []) : [];
      claimed.forEach(start);
      if (claimed.length > 0 || woken) continue;
      idle = new AbortController();
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
async function runJob({ clock, handler, hold, finish }: WorkerOptions, { job, claim }: ClaimedJob, aborting: AbortController): Promise<void> {
  const done = new AbortController();
  const holding = holdOn();
  const succeeded = await handler(job, aborting.signal).then(() => true, () => false);
  done.abort(because);
  await holding;
  await finish({ id: job.id, claim, succeeded }).catch(() => undefined);

  async function holdOn(): Promise<void> {
    for (;;) {
      await clock.sleep(renewMs, done.signal);
      if (done.signal.aborted) return;
      if (await hold({ id: job.id, claim }).catch(() => true)) continue;
      aborting.abort();
      return;
    }
  }
}
