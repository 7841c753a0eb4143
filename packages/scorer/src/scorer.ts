import { defaultContextSeconds } from '@skylark/algorithms';
import { isSkylarkError } from '@skylark/core';
import type { AnomalyIndex, AnomalyLog, Clock, CollectionStore, Logger, MetricChange, Sampler, SearchAnswer, SearchMatch, SearchRequest, SeenBefore, SeriesStore, Window } from '@skylark/core';
import { createAlignedRanking } from './aligned/aligned-ranking.js';
import { createAlignedAnomalyReader, createAlignedLiveReader } from './aligned/aligned-readers.js';
import { createAnomalyReader, createLiveReader } from './candidates.js';
import { rankChanges } from './changes/rank-changes.js';
import type { LiveShapes } from './live/live-shapes.js';
import { matchingCollections } from './matching-collections.js';
import type { Ranked } from './nearest.js';
import { createPause, createRanking } from './ranking.js';
import type { Ranking, RankingContext } from './ranking.js';
import { createReadingOrder } from './reading-order.js';
import { searchPlan } from './search-plan.js';
import type { SearchPlan } from './search-plan.js';
import { createSeenBefore } from './seen-before.js';
import { shapeQuery } from './shape-query.js';
import type { ShapeQuery } from './shape-query.js';
import { createStageCounters, createStages } from './stages.js';
import type { Stages } from './stages.js';

export interface ScorerOptions {
  readonly series: SeriesStore;
  readonly index: AnomalyIndex;
  readonly log: AnomalyLog;
  /** Saved investigations: those that hold something alike come first in every search. */
  readonly collections: Pick<CollectionStore, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Live series in memory; without it they are read from the store. */
  readonly live?: LiveShapes;
  /** Context before an anomaly, as the importer's; default an hour. */
  readonly contextSeconds?: number;
}

export interface Scorer {
  search(request: SearchRequest): Promise<SearchAnswer>;
  /** Every series by how much it changed in a window; see `rankChanges`. */
  changes(window: Window, limit: number): Promise<MetricChange[]>;
  /** The past anomalies of any metric whose shape is nearest to an anomaly's, with what people said of them; none where it has no shape. */
  seenBefore(anomaly: string, limit: number): Promise<SeenBefore[]>;
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
  const { series, index, log, collections, clock, logger, live, contextSeconds = defaultContextSeconds } = options;
  const counters = createStageCounters();
  const order = createReadingOrder({ series, log });
  const readers = { live: createLiveReader(series, order), anomalies: createAnomalyReader(index) };
  const alignedReaders = { live: createAlignedLiveReader(series, order), anomalies: createAlignedAnomalyReader(index) };

  function rankingFor(plan: SearchPlan, query: ShapeQuery, context: RankingContext): Ranking {
    const { freedom } = plan;
    if (freedom === null) return createRanking(plan, query, readers, { ...context, live: answering(query) });
    return createAlignedRanking({ ...plan, freedom }, query, alignedReaders, { ...context, live });
  }

  /** The live index, where it has what is asked for. */
  function answering({ window }: ShapeQuery): LiveShapes | undefined {
    return live?.answers(window) === true ? live : undefined;
  }

  async function queryFor(plan: SearchPlan): Promise<ShapeQuery> {
    const { source, freedom } = plan;
    const held = source.by === 'metric' && freedom === null ? live?.query(source.metric, plan) : null;
    return held ?? shapeQuery(plan, { ...options, contextSeconds, ...(live && { lengthFor: (window) => live.lengthFor(window) }) });
  }

  /** Answers whether the index took part. */
  async function rank(ranking: Ranking, { scope }: SearchPlan, stages: Stages): Promise<boolean> {
    if (scope !== 'anomalies') await ranking.add('live');
    if (scope === 'live') return true;
    try {
      await ranking.add('anomalies');
      return true;
    } catch (error) {
      if (scope === 'anomalies' || !isSkylarkError(error, 'index-away')) throw error;
      logger.warn('search.index-away', { error: error.message });
      stages.time('anomalies: index away', 0, () => undefined);
      return false;
    }
  }

  async function search(request: SearchRequest): Promise<SearchAnswer> {
    const since = clock.elapsedMs();
    const stages = createStages(clock);
    const plan = searchPlan(request);
    const query = await stages.timeAsync('query', () => queryFor(plan), () => 1);
    const ranking = rankingFor(plan, query, { stages, clock, untilMs: since + plan.budgetMs });
    const whole = await rank(ranking, plan, stages);
    const collected = await stages.timeAsync('collections', () => matchingCollections(collections, query, plan), ({ length }) => length);
    const ranked = [...collected, ...ranking.nearest.sorted()].slice(0, plan.offset + plan.limit);
    const matches = stages.time('matches', ranked.length, () => ranked.slice(plan.offset).map((one) => matchOf(one, plan, ranking)));
    const report = stages.report();
    counters.add(report);
    const partial = ranking.outOfTime() ? 'budget' : whole ? null : 'backend';
    return { tookMs: clock.elapsedMs() - since, length: query.points.length, stages: report, query: queryOf(query), total: ranking.total() + collected.length, partial, matches };
  }

  return {
    search,
    changes: (window, limit) => rankChanges({ series, log, pause: createPause(clock) }, window, limit),
    seenBefore: createSeenBefore({ ...options, contextSeconds }),
    samples: counters.samples,
  };
}

function matchOf({ candidate, distance }: Ranked, { explain, freedom }: SearchPlan, ranking: Ranking): SearchMatch {
  const { metric, source, id, from, until, points, lagSeconds, sign } = candidate;
  const path = explain ? ranking.path(candidate) : undefined;
  const aligned = freedom === null ? {} : { ...(lagSeconds !== undefined && !(freedom.stretches && freedom.maxLagSeconds === 0) && { lagSeconds }), ...(sign !== undefined && { sign }) };
  return { metric, source, ...(id !== undefined && { id }), distance, from, until, ...aligned, values: Array.from(points), ...(path !== undefined && { path }) };
}

function queryOf({ metric, window, points, counts }: ShapeQuery): SearchAnswer['query'] {
  return { ...(metric !== undefined && { metric }), ...window, values: Array.from(points, (point, i) => (counts?.[i] === 0 ? null : point)) };
}
