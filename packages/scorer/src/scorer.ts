import { defaultContextSeconds } from '@skylark/algorithms';
import { isSkylarkError } from '@skylark/core';
import type { AnomalyIndex, AnomalyLog, Clock, Logger, Sampler, SearchAnswer, SearchMatch, SearchRequest, SeriesStore } from '@skylark/core';
import { createAnomalyReader, createLiveReader } from './candidates.js';
import type { CandidateReader } from './candidates.js';
import { createComparer } from './comparer.js';
import type { Comparer } from './comparer.js';
import { createNearest } from './nearest.js';
import type { Candidate, Nearest, Ranked } from './nearest.js';
import { searchPlan } from './search-plan.js';
import type { SearchPlan } from './search-plan.js';
import { shapeQuery } from './shape-query.js';
import type { ShapeQuery } from './shape-query.js';
import { createStageCounters, createStages } from './stages.js';
import type { Stages } from './stages.js';

/** Other work gets a turn at least this often. */
const sliceMs = 20;

export interface ScorerOptions {
  readonly series: SeriesStore;
  readonly index: AnomalyIndex;
  readonly log: AnomalyLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Context before an anomaly, as the importer's; default an hour. */
  readonly contextSeconds?: number;
}

export interface Scorer {
  search(request: SearchRequest): Promise<SearchAnswer>;
  readonly samples: Sampler;
}

/**
 * Finds the series and past anomalies whose shape is nearest to a query's: exactly, every candidate compared or proven farther.
 *
 * Live series are compared over the query's own window, anomalies over theirs. All are resampled to the query's length (at most 512)
 * and z-normalised; flat ones never match. While the index is away, a search of `both` answers the live part and says so in its stages.
 *
 * @example const { matches } = await createScorer({ ...backend, log: backend.anomalies, clock, logger }).search({ metric: 'web.latency' });
 * @throws (search) SkylarkError `bad-request`, `bad-pattern`, `unknown-metric`, `unknown-anomaly`, `too-few-points`, `flat-query`
 */
export function createScorer(options: ScorerOptions): Scorer {
  const { series, index, clock, logger, contextSeconds = defaultContextSeconds } = options;
  const counters = createStageCounters();
  const readers = { live: createLiveReader(series), anomalies: createAnomalyReader(index) };

  async function rank(plan: SearchPlan, query: ShapeQuery, stages: Stages): Promise<{ total: number; ranked: readonly Ranked[]; comparer: Comparer }> {
    const ranking = createRanking(plan, query, { stages, clock });
    if (plan.scope !== 'anomalies') await ranking.add('live', readers.live);
    if (plan.scope !== 'live') {
      await ranking.add('anomalies', readers.anomalies).catch((error: unknown) => {
        if (plan.scope === 'anomalies' || !isSkylarkError(error, 'index-away')) throw error;
        logger.warn('search.index-away', { error: error.message });
        stages.time('anomalies: index away', 0, () => undefined);
      });
    }
    return ranking;
  }

  return {
    async search(request) {
      const since = clock.elapsedMs();
      const stages = createStages(clock);
      const plan = searchPlan(request);
      const query = await stages.timeAsync('query', () => shapeQuery(plan, { ...options, contextSeconds }), () => 1);
      const { total, ranked, comparer } = await rank(plan, query, stages);
      const matches = stages.time('matches', ranked.length, () => ranked.slice(plan.offset).map((one) => matchOf(one, plan, comparer)));
      const report = stages.report();
      counters.add(report);
      return { tookMs: clock.elapsedMs() - since, length: query.points.length, stages: report, query: queryOf(query), total, matches };
    },
    samples: counters.samples,
  };
}

function createRanking(plan: SearchPlan, query: ShapeQuery, { stages, clock }: { stages: Stages; clock: Clock }) {
  const comparer = createComparer(query.shape, plan);
  const nearest = createNearest(plan.offset + plan.limit);
  const pause = createPause(clock);
  const ranking = {
    total: 0,
    comparer,
    get ranked() {
      return nearest.sorted();
    },
    /** Compares all candidates of a reader. */
    async add(name: string, reader: CandidateReader): Promise<void> {
      const batches = reader(query, plan);
      for (;;) {
        const next = await stages.timeAsync(name, () => batches.next(), ({ value, done }) => (done ? 0 : value.length));
        if (next.done) return;
        ranking.total += next.value.length;
        await compare(next.value);
      }
    },
  };

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
  return ranking;
}

function bounded(batch: readonly Candidate[], { bound }: Comparer, nearest: Nearest): { candidate: Candidate; bound: number }[] {
  if (bound === null) return batch.map((candidate) => ({ candidate, bound: 0 }));
  const limit = nearest.limit;
  return batch.map((candidate) => ({ candidate, bound: bound(candidate.shape, limit) }))
    .filter((one) => one.bound < Infinity)
    .sort((a, b) => a.bound - b.bound);
}

/** Lets others run when the slice is over. */
function createPause(clock: Clock): () => Promise<void> | undefined {
  let since = clock.elapsedMs();
  return () => {
    if (clock.elapsedMs() - since < sliceMs) return undefined;
    return new Promise((resolve) => setImmediate(() => {
      since = clock.elapsedMs();
      resolve();
    }));
  };
}

function matchOf({ candidate, distance }: Ranked, { explain }: SearchPlan, comparer: Comparer): SearchMatch {
  const { metric, source, id, from, until, points, shape } = candidate;
  const path = explain ? comparer.path(shape) : undefined;
  return { metric, source, ...(id !== undefined && { id }), distance, from, until, values: Array.from(points), ...(path !== undefined && { path }) };
}

function queryOf({ metric, window, points }: ShapeQuery): SearchAnswer['query'] {
  return { ...(metric !== undefined && { metric }), ...window, values: Array.from(points) };
}
