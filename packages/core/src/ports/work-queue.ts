import type { Json } from '../json.js';

export interface Job {
  /** Stable: letters, digits, `-`, `_`, `.`, not a bare integer, at most 128 characters. */
  readonly id: string;
  /** Ids, not data: at most 64 KiB encoded. */
  readonly data: Json;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** A running consumer. `close` lets the jobs at hand finish, then resolves. */
export interface QueueWorker {
  close(): Promise<void>;
}

/**
 * Hands out work at least once.
 *
 * - `add` is durable when it resolves. An id that is waiting, active, or finished within the last `keepSeconds` (a day) is not added again.
 * - A handler that rejects is retried, at most 3 times in all, then the job counts as failed. A handler whose process dies is retried by another.
 * - Oldest first, roughly. `signal` aborts when the job was taken away (its worker was thought dead) or the worker closes for good.
 */
export interface WorkQueue {
  /** Answers how many were new. */
  add(queue: string, jobs: readonly Job[]): Promise<number>;
  work(queue: string, handler: (job: Job, signal: AbortSignal) => Promise<void>, options: { concurrency: number }): QueueWorker;
  counts(queue: string): Promise<QueueCounts>;
  /** Drops waiting jobs for which the predicate holds (coalescing); answers how many. */
  discard(queue: string, predicate: (job: Job) => boolean): Promise<number>;
}
