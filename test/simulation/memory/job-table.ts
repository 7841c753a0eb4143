import { type Job, type Json, type QueueCounts, SkylarkError } from '@skylark/core';
import { checkId } from './state-table.js';

/** A job at hand: `claim` tells this hold on it from any other. */
export interface ClaimedJob {
  readonly job: Job;
  readonly claim: number;
  /** It was handed out before. */
  readonly again: boolean;
}

interface StoredJob {
  readonly id: string;
  readonly text: string;
  readonly state: 'waiting' | 'active' | 'done' | 'failed';
  readonly attempts: number;
  readonly place: number;
  readonly claim: number;
  readonly heldUntil: number;
  readonly finishedAt: number;
}

/** `WorkQueue` as a map: each call is one step. Times are the server's, in seconds. */
export interface JobTable {
  add(queue: string, jobs: readonly Job[]): number;
  /** The oldest waiting jobs, and active ones whose worker is thought dead. */
  claim(queue: string, limit: number): ClaimedJob[];
  /** Renews a hold; false when the job was taken away. */
  hold(queue: string, held: { id: string; claim: number }): boolean;
  finish(queue: string, done: { id: string; claim: number; succeeded: boolean }): void;
  counts(queue: string): QueueCounts;
  /** Those that were tried as often as a job may be; they stay, for a person to look at. */
  failed(queue: string): Job[];
  discard(queue: string, predicate: (job: Job) => boolean): number;
  /** Thinks the workers of active jobs dead, all or those that the predicate names. */
  takeBack(queue: string, wanted?: (id: string) => boolean): number;
  /** Forgets those active jobs that the predicate names. */
  lose(queue: string, wanted: (id: string) => boolean): void;
}

const keepSeconds = 86_400;
export const holdSeconds = 30;
const maxAttempts = 3;

export function createJobTable(now: () => number, onJobs: (queue: string) => void): JobTable {
  const queues = new Map<string, Map<string, StoredJob>>();
  let next = 1;
  const jobsOf = (queue: string): Map<string, StoredJob> => {
    const jobs = queues.get(checkId('queue', queue)) ?? new Map<string, StoredJob>();
    queues.set(queue, jobs);
    return jobs;
  };
  const inState = (queue: string, state: StoredJob['state']): StoredJob[] => [...jobsOf(queue).values()].filter((job) => job.state === state).sort((a, b) => a.place - b.place);
  const keep = (queue: string, job: StoredJob): void => void jobsOf(queue).set(job.id, job);
  const jobOf = ({ id, text }: StoredJob): Job => ({ id, data: JSON.parse(text) as Json });
  const held = (queue: string, { id, claim }: { id: string; claim: number }): StoredJob | null => {
    const job = jobsOf(queue).get(id);
    return job?.state === 'active' && job.claim === claim ? job : null;
  };
  return {
    add(queue, jobs) {
      jobs.forEach(checkJob);
      let added = 0;
      for (const { id, data } of jobs) {
        const before = jobsOf(queue).get(id);
        const finished = before?.state === 'done' || before?.state === 'failed';
        if (before !== undefined && !(finished && before.finishedAt + keepSeconds <= now())) continue;
        keep(queue, { id, text: JSON.stringify(data), state: 'waiting', attempts: 0, place: next++, claim: 0, heldUntil: 0, finishedAt: 0 });
        added += 1;
      }
      if (added > 0) onJobs(queue);
      return added;
    },
    claim(queue, limit) {
      const dead = inState(queue, 'active').filter(({ heldUntil }) => heldUntil <= now());
      const claimed: ClaimedJob[] = [];
      for (const job of [...dead, ...inState(queue, 'waiting')].slice(0, limit)) {
        if (job.attempts >= maxAttempts) {
          keep(queue, { ...job, state: 'failed', finishedAt: now() });
          continue;
        }
        const claim = next++;
        keep(queue, { ...job, state: 'active', attempts: job.attempts + 1, claim, heldUntil: now() + holdSeconds });
        claimed.push({ job: jobOf(job), claim, again: job.attempts > 0 });
      }
      return claimed;
    },
    hold(queue, one) {
      const job = held(queue, one);
      if (job !== null) keep(queue, { ...job, heldUntil: now() + holdSeconds });
      return job !== null;
    },
    finish(queue, { succeeded, ...one }) {
      const job = held(queue, one);
      if (job === null) return;
      if (succeeded || job.attempts >= maxAttempts) keep(queue, { ...job, state: succeeded ? 'done' : 'failed', finishedAt: now() });
      else {
        keep(queue, { ...job, state: 'waiting', place: next++ });
        onJobs(queue);
      }
    },
    counts: (queue) => ({ waiting: inState(queue, 'waiting').length, active: inState(queue, 'active').length, failed: inState(queue, 'failed').length }),
    failed: (queue) => inState(queue, 'failed').map(jobOf),
    discard(queue, predicate) {
      const unwanted = inState(queue, 'waiting').filter((job) => predicate(jobOf(job)));
      for (const { id } of unwanted) jobsOf(queue).delete(id);
      return unwanted.length;
    },
    takeBack(queue, wanted = () => true) {
      const some = inState(queue, 'active').filter(({ id }) => wanted(id));
      for (const job of some) keep(queue, { ...job, heldUntil: 0 });
      if (some.length > 0) onJobs(queue);
      return some.length;
    },
    lose(queue, wanted) {
      for (const { id } of inState(queue, 'active')) if (wanted(id)) jobsOf(queue).delete(id);
    },
  };
}

function checkJob({ id, data }: Job): void {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(id) || /^\d+$/.test(id)) throw new SkylarkError('bad-request', `job id ${id.slice(0, 140)}`);
  if (Buffer.byteLength(JSON.stringify(data)) > 64 * 1024) throw new SkylarkError('bad-request', `job ${id} carries more than ids`);
}
