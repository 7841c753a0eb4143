import { SkylarkError, type Clock, type Job, type Logger, type WorkQueue } from '@skylark/core';
import { Queue, type JobsOptions } from 'bullmq';
import { checkId } from '../../limits.js';
import { checkJob, holdSeconds as usualHoldSeconds, keepSeconds, maxAttempts } from '../../rules/check-job.js';
import type { RedisClient } from '../connection/create-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { watchSilence } from '../connection/watch-silence.js';
import { startWorker, type RunningWorker } from './bull-worker.js';
import { readAdded } from './read-added.js';
import type { StoredJob } from './stored-job.js';

export interface WorkQueueOptions {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Like no other process': tells the jobs that a call added from those that were there. */
  readonly adder: string;
  /** How long a worker may be silent before its jobs are another's; default 30. A job that Redis gave out when it was killed, its answer lost, waits as long. */
  readonly holdSeconds?: number;
}

/** The `WorkQueue` on BullMQ, and the end of its workers. */
export interface RedisWorkQueue extends WorkQueue {
  close(): Promise<void>;
}

const jobsAtOnce = 1000;
/** What has not been answered by then will not be while the caller waits: the server is away. */
const answerMs = 5000;
const closeMs = 500;
/** Of the workers' client: BullMQ watches its blocking connection itself, and leaves the other to the kernel. */
const silentMs = 10_000;

/**
 * BullMQ's keys of all queues have one hash tag, so one slot of a Cluster: its scripts touch several keys, and jobs are few (one a shard and slot).
 *
 * BullMQ does not say whether an added id was there: each job carries the mark of the call that added it, and is looked at afterwards. A finished id is
 * free again after `keepSeconds` by our clock; BullMQ itself lets go of it at about that time.
 */
export function createWorkQueue({ connection, clock, logger, adder, holdSeconds = usualHoldSeconds }: WorkQueueOptions): RedisWorkQueue {
  const prefix = `${connection.settings.prefix ?? 'skylark'}:{queue}`;
  const queues = new Map<string, Queue<StoredJob>>();
  const workers = new Set<RunningWorker>();
  let producer: RedisClient | null = null;
  let consumer: RedisClient | null = null;
  let closing: Promise<void> | null = null;
  let calls = 0;

  /** On a client that rejects at once while Redis is away: BullMQ's own way would be to wait for ever. */
  const open = (queue: string): Queue<StoredJob> => {
    const name = bullName(queue);
    const there = queues.get(name);
    if (there) return there;
    producer ??= connection.duplicate('direct');
    const made = new Queue<StoredJob>(name, { connection: producer, prefix, skipVersionCheck: true });
    made.on('error', (error: Error) => logger.debug('queue.error', { queue, reason: error.message }));
    queues.set(name, made);
    return made;
  };
  const run = async <T>(queue: string, work: (bull: Queue<StoredJob>) => Promise<T>): Promise<T> => {
    if (closing) throw new SkylarkError('store-closed');
    const done = new AbortController();
    const late = clock.sleep(answerMs, done.signal).then((): never => {
      throw new Error(`Command timed out: BullMQ was not answered within ${answerMs} ms`);
    });
    late.catch(() => undefined);
    try {
      return await connection.read(() => Promise.race([work(open(queue)), late]));
    } finally {
      done.abort();
    }
  };
  const addSome = async (bull: Queue<StoredJob>, jobs: readonly Job[]): Promise<number> => {
    const by = `${adder}-${(calls += 1)}`;
    await bull.addBulk(jobs.map(({ id, data }) => ({ name: 'job', data: { of: data, by }, opts: { ...jobOptions, jobId: id } })));
    const outcome = await readAdded({ connection, client: producer!, bull, ids: jobs.map(({ id }) => id), by, freeBefore: (clock.now() - keepSeconds) * 1000 });
    if (outcome.free.length === 0) return outcome.added;
    await Promise.all(outcome.free.map((id) => bull.remove(id)));
    const free = new Set(outcome.free);
    return outcome.added + await addSome(bull, jobs.filter(({ id }) => free.has(id)));
  };
  return {
    async add(queue, jobs) {
      jobs.forEach(checkJob);
      checkId('queue', queue);
      if (jobs.length === 0 && !closing) return 0;
      let added = 0;
      for (let i = 0; i < jobs.length; i += jobsAtOnce) added += await run(queue, (bull) => addSome(bull, jobs.slice(i, i + jobsAtOnce)));
      return added;
    },
    work(queue, handler, { concurrency }) {
      if (closing) throw new SkylarkError('store-closed');
      consumer ??= watchSilence(connection.duplicate('bullmq'), silentMs);
      const worker = startWorker({ client: consumer, prefix, name: bullName(queue), queue, clock, logger, handler, concurrency, holdMs: holdSeconds * 1000 });
      workers.add(worker);
      return {
        close: async () => {
          await worker.close();
          workers.delete(worker);
        },
      };
    },
    counts: (queue) => run(queue, async (bull) => {
      const { waiting = 0, active = 0, failed = 0 } = await bull.getJobCounts('waiting', 'active', 'failed');
      return { waiting, active, failed };
    }),
    discard: (queue, predicate) => run(queue, async (bull) => {
      const unwanted = (await bull.getWaiting(0, -1)).filter(({ id, data }) => id !== undefined && predicate({ id, data: data.of }));
      const removed = await Promise.all(unwanted.map(({ id }) => bull.remove(id!)));
      return removed.filter((one) => one === 1).length;
    }),
    close: () => (closing ??= end()),
  };

  async function end(): Promise<void> {
    await Promise.all([...workers].map((worker) => worker.end()));
    await Promise.race([Promise.allSettled([...queues.values()].map((bull) => bull.close())), clock.sleep(closeMs)]);
    producer?.disconnect();
    consumer?.disconnect();
  }
}

const jobOptions: JobsOptions = { attempts: maxAttempts, removeOnComplete: { age: keepSeconds }, removeOnFail: { age: keepSeconds } };

/** BullMQ takes no `:` in a queue's name. */
const bullName = (queue: string): string => encodeURIComponent(checkId('queue', queue));
