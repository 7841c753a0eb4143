import { fingerprint, shapeVector } from '@skylark/algorithms';
import type { AnomalyIndex, NameMatcher, Series, SeriesStore, ShapeDocument } from '@skylark/core';
import type { Candidate } from './nearest.js';
import type { ReadingOrder } from './reading-order.js';
import type { SearchPlan } from './search-plan.js';
import { shapeOf } from './shape-query.js';
import type { ShapeQuery } from './shape-query.js';

const metricsAtOnce = 64;
const documentsAtOnce = 64;
/** Skylark's own metrics are candidates only for one of their kind. */
const ownPrefix = 'skylark.';

/** Candidates as they are read: some thousand at most are held at a time. Those without a shape are left out. */
export type CandidateReader = (query: ShapeQuery, plan: SearchPlan) => AsyncGenerator<readonly Candidate[]>;

/** Every live series over the query's own window: what moved like it at the same time. The query's metric is not its own match. */
export function createLiveReader(series: SeriesStore, order: ReadingOrder): CandidateReader {
  return async function* live(query, plan) {
    for await (const metrics of order({ metric: query.metric, window: query.window, accepts: liveMatcher(query, plan, false), atOnce: metricsAtOnce })) {
      yield shapedLive(await series.read(metrics, query.window), query);
    }
  };
}

/** Live series over the query's window as candidates; those without a shape are left out. */
export function shapedLive(read: readonly Series[], query: ShapeQuery): Candidate[] {
  return read.flatMap(({ metric, timestamps, values }): Candidate[] => {
    const shaped = shapeOf(timestamps, values, query.points.length);
    return shaped === null ? [] : [{ metric, source: 'live', ...query.window, ...shaped }];
  });
}

/** Who may be a match; the query's own metric only where asked for. */
export function liveMatcher(query: ShapeQuery, plan: SearchPlan, withQuery: boolean): NameMatcher {
  const own = query.metric?.startsWith(ownPrefix) ?? false;
  return (metric) => (withQuery || metric !== query.metric) && (own || !metric.startsWith(ownPrefix)) && !plan.excluded(metric);
}

/** An index of more documents is not read whole: the nearest by shape vector are compared. */
const readWhole = 20_000;
/** Candidates of a coarse stage: enough that the true nearest are hardly ever missing. */
const coarseCandidates = 2000;

/**
 * Past anomalies, each over its own window. All of them while they are few; of many the nearest by shape vector. With a `slop` in the request, Oculus'
 * way: those that hold the query's shape words as a phrase with so many moves.
 */
export function createAnomalyReader(index: AnomalyIndex): CandidateReader {
  return async function* anomalies(query, plan) {
    for await (const documents of documentsOf(index, query, plan)) {
      yield documents.filter((document) => !isQuery(document, query) && !plan.excluded(document.metric)).flatMap((document): Candidate[] => {
        const { id, metric, from, until, timestamps, values } = document;
        const shaped = shapeOf(timestamps, values, query.points.length);
        return shaped === null ? [] : [{ metric, source: 'anomaly', id, from, until, ...shaped }];
      });
    }
  };
}

export async function* documentsOf(index: AnomalyIndex, query: ShapeQuery, { slop }: Pick<SearchPlan, 'slop'>): AsyncGenerator<readonly ShapeDocument[]> {
  if (slop !== null) {
    yield await index.candidates({ by: 'fingerprint', fingerprint: fingerprint(query.points), slop }, { limit: coarseCandidates });
    return;
  }
  if ((await index.count()) > readWhole) {
    yield await index.candidates({ by: 'vector', vector: shapeVector(Float64Array.from(query.points.keys()), query.points) }, { limit: coarseCandidates });
    return;
  }
  for (let after: string | undefined; ; ) {
    const documents = await index.candidates({ by: 'all' }, { limit: documentsAtOnce, ...(after !== undefined && { after }) });
    yield documents;
    if (documents.length < documentsAtOnce) return;
    after = documents[documents.length - 1]!.id;
  }
}

/** The query itself: the same anomaly, or the same metric over mostly the same time (at least half of the longer window). */
export function isQuery(document: ShapeDocument, query: ShapeQuery): boolean {
  if (document.id === query.anomaly) return true;
  if (document.metric !== query.metric) return false;
  const common = Math.min(document.until, query.window.until) - Math.max(document.from, query.window.from);
  return common >= Math.max(document.until - document.from, query.window.until - query.window.from) / 2;
}
