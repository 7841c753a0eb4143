import { bandRadius, createShapeIndex, zNormalise } from '@skylark/algorithms';
import type { LagAnswer, LagQuery, ShapeRings, ShapeWindow } from '@skylark/algorithms';
import type { Clock, Logger, Sampler, SeriesStore, Window } from '@skylark/core';
import { liveMatcher, shapedLive } from '../candidates.js';
import type { Comparer } from '../comparer.js';
import type { Candidate, Nearest } from '../nearest.js';
import type { Freedom, SearchPlan } from '../search-plan.js';
import { windowFor } from '../shape-query.js';
import type { ShapeQuery } from '../shape-query.js';
import type { Stages } from '../stages.js';
import { createLiveFeed } from './live-feed.js';
import { createLiveMask } from './live-mask.js';
import { laggedQuery } from './lagged-query.js';
import { createLaggedRanks } from './lagged-ranks.js';
import type { SearchCrew } from './search-crew.js';

export interface LiveShapesOptions {
  readonly series: SeriesStore;
  readonly crew: SearchCrew;
  /** Windows held, the first being the one searched by default; default 128 points over an hour. */
  readonly windows?: readonly ShapeWindow[];
  /** Up to so many live series are read from the store and compared datapoint for datapoint; more are compared by the index. Default 1000. */
  readonly readUpTo?: number;
  /** How long after a late datapoint its series is read anew; default 30. */
  readonly refillAfterSeconds?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a live search needs besides the query: the ranking it adds to. */
export interface LiveSearch {
  readonly comparer: Comparer;
  readonly nearest: Nearest;
  readonly stages: Stages;
  readonly pause: () => Promise<void> | undefined;
}

export interface ShortlistOptions {
  /** Metrics wanted of it. */
  readonly count: number;
  readonly stages: Stages;
  readonly pause: () => Promise<void> | undefined;
}

/** Live series that are worth reading, nearest first as far as the index can tell; before them those whose values it cannot hold. */
export interface Shortlist {
  readonly metrics: readonly string[];
  /** Live series that were looked at and have a shape there. */
  readonly candidates: number;
}

/** The shapes of all live series over their last windows, in memory. */
export interface LiveShapes {
  /** Points in which a window is compared that the index holds; undefined for any other window. */
  lengthFor(window: Window): number | undefined;
  /** Whether live candidates of this window come from the index now: it holds it, is filled, and there are many. */
  answers(window: Window): boolean;
  /** A metric of the index as a query, so that it and the candidates are compared at the same instants; null where the index does not answer, or it has no shape there. */
  query(metric: string, plan: SearchPlan): ShapeQuery | null;
  /** Offers the nearest live series to the ranking; answers how many were comparable. */
  search(query: ShapeQuery, plan: SearchPlan, ranking: LiveSearch): Promise<number>;
  /**
   * The shortlist of a search that may shift or turn curves, to be made once. Null where the index does not hold what is asked for (see `laggedQuery`), is not filled, there are
   * few series, or no SIMD and no time to do without.
   */
  shortlister(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }): ((options: ShortlistOptions) => Promise<Shortlist>) | null;
  /** Fills the index and keeps it current until aborted. */
  run(signal: AbortSignal): Promise<void>;
  readonly samples: Sampler;
}

const defaultWindows: readonly ShapeWindow[] = [{ length: 128, windowSeconds: 3600 }];
/** A window that ends so many steps ago or less is the last one: a minute's metric is never newer. */
const stepsAgo = 4;
/** The last instant compared lies at least so long before the window's end: a series of 10 s has a value there by then. */
const settleSeconds = 15;

/**
 * Opens the live index. Empty until `run` has filled it; until then `answers` is false.
 *
 * docs/adr/008-live-index.md says what a column is.
 */
export function createLiveShapes({ series, crew, windows = defaultWindows, readUpTo = 1000, refillAfterSeconds = 30, clock, logger }: LiveShapesOptions): LiveShapes {
  const { arena } = crew;
  const index = createShapeIndex({ arena, windows, originSeconds: clock.now() });
  const feed = createLiveFeed({ series, index, crew, reachSeconds: Math.max(...index.windows.map(reachOf)), refillAfterSeconds, clock, logger });
  const mask = createLiveMask(arena, index);

  /** Filled, and more than are quickly read. */
  function many(): boolean {
    return feed.progress().filled === series.shards && index.size > readUpTo;
  }

  function ringsFor({ from, until }: Window): ShapeRings | undefined {
    const now = clock.now();
    return index.windows.find(({ stepSeconds, layout }) => {
      const span = stepSeconds * (layout.length - 1);
      return Math.abs(until - from - span) <= stepSeconds && until > now - stepsAgo * stepSeconds && until <= now + stepSeconds;
    });
  }

  function oldestOf(rings: ShapeRings, { until }: Window): number {
    return rings.gridAt(until - settleSeconds) - rings.layout.length + 1;
  }

  function columnOf(metric: string, rings: ShapeRings, window: Window): { points: Float64Array; shape: Float64Array } | null {
    const id = index.id(metric);
    const column = id === undefined ? null : rings.column(id, oldestOf(rings, window));
    const shape = column === null ? null : zNormalise(Float64Array.from(column.points));
    return column === null || shape === null ? null : { shape, points: Float64Array.from(column.points, (value) => value + column.base) };
  }

  async function search(query: ShapeQuery, plan: SearchPlan, { comparer, nearest, stages, pause }: LiveSearch): Promise<number> {
    const rings = ringsFor(query.window)!;
    const unusual = index.unusual(query.window.from).filter((metric) => metric !== query.metric && !plan.excluded(metric));
    const total = await crew.exclusive(async () => {
      const masked = mask.write(query, plan, unusual);
      const wanted = plan.offset + plan.limit;
      if (wanted === 0) return 0;
      const listed = plan.method === 'fastdtw' ? shortlistLength(wanted) : wanted;
      const answer = await stages.timeAsync('live', () => crew.nearest(rings, query.shape, {
        method: plan.method === 'euclidean' ? 'euclidean' : 'dtw', radius: bandRadius(plan.band, query.shape.length), count: listed, mask: masked, oldest: oldestOf(rings, query.window), pause,
      }), ({ candidates }) => candidates);
      stages.time('lower-bound', answer.bounded, () => undefined);
      if (plan.method === 'fastdtw') stages.time('dtw shortlist', answer.compared, () => undefined);
      const chosen = plan.method === 'fastdtw' ? answer.nearest.slice(0, listed) : answer.nearest;
      stages.time(plan.method, plan.method === 'fastdtw' ? chosen.length : answer.compared, () => chosen.forEach(({ id }) => {
        const metric = index.metric(id)!;
        const column = columnOf(metric, rings, query.window);
        if (column !== null) offer({ metric, source: 'live', ...query.window, ...column });
      }));
      return answer.candidates;
    });
    if (unusual.length === 0) return total;
    const read = await stages.timeAsync('live: unusual', () => series.read(unusual, query.window), ({ length }) => length);
    const shaped = shapedLive(read, query);
    for (const candidate of shaped) offer(candidate);
    return total + shaped.length;

    function offer(candidate: Candidate): void {
      const distance = comparer.distance(candidate.shape, nearest.limit);
      if (distance <= nearest.limit) nearest.offer({ candidate, distance });
    }
  }

  function shortlister(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }): ((options: ShortlistOptions) => Promise<Shortlist>) | null {
    const held = many() ? lagged(query, plan) : null;
    if (held === null || (!crew.simd && plan.budgetMs < plainMsPerSeries * index.size)) return null;
    return async ({ count, stages, pause }) => {
      const unusual = index.unusual(query.window.from - plan.freedom.maxLagSeconds).filter(liveMatcher(query, plan, false));
      const { metrics, candidates } = await crew.exclusive(async () => {
        const answer = await stages.timeAsync('lagged shortlist', () => crew.lagged(held.rings, held.query, { count: listedPerRead * count, mask: mask.write(query, plan, unusual), pause }), (found) => found.candidates);
        const ranks = await stages.timeAsync(`shortlist: ${plan.method}`, () => ranked(answer.nearest, createLaggedRanks(held.query, plan, held), pause), ({ length }) => length);
        return { candidates: answer.candidates, metrics: ranks.slice(0, count).map(({ id }) => index.metric(id)!) };
      });
      return { metrics: [...unusual, ...metrics], candidates: candidates + unusual.length };
    };
  }

  /** The window that holds a query with freedom; of several the one with the most points of it. */
  function lagged(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }): { rings: ShapeRings; query: LagQuery; lag: number } | null {
    const now = clock.now();
    const held = index.windows.flatMap((rings) => {
      const one = laggedQuery(query, plan, rings, now);
      return one === null ? [] : [{ rings, query: one, lag: Math.ceil(plan.freedom.maxLagSeconds / rings.stepSeconds) }];
    });
    return held.sort((a, b) => b.query.columns[0]!.length - a.query.columns[0]!.length)[0] ?? null;
  }

  return {
    lengthFor: (window) => ringsFor(window)?.layout.length,
    answers: (window) => many() && ringsFor(window) !== undefined,
    query(metric, plan) {
      const id = index.id(metric);
      if (id === undefined || !many()) return null;
      const window = windowFor(plan, Math.min(clock.now(), index.newest(id) + 1));
      const rings = ringsFor(window);
      const column = rings === undefined ? null : columnOf(metric, rings, window);
      return column === null ? null : { metric, window, ...column, first: window.from, last: window.until };
    },
    search,
    shortlister,
    run: (signal) => feed.run(signal),
    samples: () => {
      const { filled, of } = feed.progress();
      return [
        { name: 'skylark_live_index_series', help: 'Live series in the search index', kind: 'gauge', labels: {}, value: index.size },
        { name: 'skylark_live_index_bytes', help: 'Memory of the search index and its searches', kind: 'gauge', labels: {}, value: arena.usedBytes },
        { name: 'skylark_live_index_filled_ratio', help: 'Shards the search index has read, of all', kind: 'gauge', labels: {}, value: filled / of },
      ];
    },
  };
}

/** Of the nearest by Euclid so many per one that is read are ranked by the search's own method. */
const listedPerRead = 4;

/** What the plain kernels take of a core to look for one series at every shift: a budget of less is better spent reading the likeliest. */
const plainMsPerSeries = 0.05;

/** Ascending; Infinity is last. */
async function ranked(nearest: LagAnswer['nearest'], rank: (id: number) => number, pause: () => Promise<void> | undefined): Promise<{ id: number; rank: number }[]> {
  const ranks: { id: number; rank: number }[] = [];
  for (const { id } of nearest) {
    ranks.push({ id, rank: rank(id) });
    await pause();
  }
  return ranks.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank));
}

/** Of so many the exact comparison chooses those wanted: enough that the true nearest are hardly ever missing. */
export function shortlistLength(wanted: number): number {
  return Math.max(256, 8 * wanted);
}

/** From now back to the datapoint before the first instant of any window a search may ask for. */
function reachOf({ stepSeconds, layout }: ShapeRings): number {
  return stepSeconds * (layout.length + 2 * stepsAgo);
}
