import type { Clock, SearchMatch } from '@skylark/core';
import type { CandidateReader } from './candidates.js';
import { createComparer } from './comparer.js';
import type { Comparer } from './comparer.js';
import type { LiveShapes } from './live/live-shapes.js';
import { createNearest } from './nearest.js';
import type { Candidate, Nearest } from './nearest.js';
import type { SearchPlan } from './search-plan.js';
import type { ShapeQuery } from './shape-query.js';
import type { Stages } from './stages.js';

/** Other work gets a turn at least this often. */
const sliceMs = 20;

export interface RankingContext {
  readonly stages: Stages;
  readonly clock: Clock;
  /** On the monotonic clock: when it stops with what it has. */
  readonly untilMs: number;
}

/** Candidates on their way to being the nearest. */
export interface Ranking {
  /** Compares all candidates of a source, or as many as there is time for. */
  add(source: 'live' | 'anomalies'): Promise<void>;
  readonly nearest: Nearest;
  total(): number;
  outOfTime(): boolean;
  path(candidate: Candidate): SearchMatch['path'];
}

/** Every candidate compared as it is, over the query's own window, or proven farther. */
export function createRanking(plan: SearchPlan, query: ShapeQuery, readers: Readonly<Record<'live' | 'anomalies', CandidateReader>>, { stages, clock, untilMs, live }: RankingContext & { readonly live: LiveShapes | undefined }): Ranking {
  const comparer = createComparer(query.shape, plan);
  const nearest = createNearest(plan.offset + plan.limit);
  const pause = createPause(clock);
  let [total, outOfTime] = [0, false];

  /** Nearest bounds first, so that the limit falls early; what is bounded above the limit is never compared. */
  async function compare(batch: readonly Candidate[]): Promise<void> {
    const promising = stages.time('lower-bound', batch.length, () => bounded(batch, comparer, nearest));
    for (const { candidate, bound } of promising) {
      if (bound > nearest.limit) continue;
      const distance = stages.time(plan.method, 1, () => comparer.distance(candidate.shape, nearest.limit));
      if (distance <= nearest.limit) nearest.offer({ candidate, distance });
      await pause();
    }
    await pause();
  }

  return {
    nearest,
    total: () => total,
    outOfTime: () => outOfTime,
    path: ({ shape }) => comparer.path(shape),
    async add(source) {
      if (source === 'live' && live !== undefined) {
        total += await live.search(query, plan, { comparer, nearest, stages, pause });
        return;
      }
      const batches = readers[source](query, plan);
      while (!outOfTime) {
        const next = await stages.timeAsync(source, () => batches.next(), ({ value, done }) => (done ? 0 : value.length));
        if (next.done) return;
        total += next.value.length;
        await compare(next.value);
        outOfTime = clock.elapsedMs() > untilMs;
      }
    },
  };
}

function bounded(batch: readonly Candidate[], { bound }: Comparer, nearest: Nearest): { candidate: Candidate; bound: number }[] {
  if (bound === null) return batch.map((candidate) => ({ candidate, bound: 0 }));
  const limit = nearest.limit;
  return batch.map((candidate) => ({ candidate, bound: bound(candidate.shape, limit) }))
    .filter((one) => one.bound < Infinity)
    .sort((a, b) => a.bound - b.bound);
}

/** Lets others run when the slice is over. */
export function createPause(clock: Clock): () => Promise<void> | undefined {
  let since = clock.elapsedMs();
  return () => {
    if (clock.elapsedMs() - since < sliceMs) return undefined;
    return new Promise((resolve) => setImmediate(() => {
      since = clock.elapsedMs();
      resolve();
    }));
  };
}
