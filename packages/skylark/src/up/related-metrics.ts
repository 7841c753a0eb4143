import { euclidean, resample, zNormalise } from '@skylark/algorithms';
import type { AnomalyLog, RelatedMetric, SearchAnswer, SearchMatch, SearchRequest, Series, SeriesStore } from '@skylark/core';

export interface RelatedOptions {
  readonly log: AnomalyLog;
  readonly series: SeriesStore;
  readonly search: (request: SearchRequest) => Promise<SearchAnswer>;
}

/** Within five minutes either way, found within a page's patience. */
const request = { scope: 'live', method: 'euclidean', maxLagSeconds: 300, mirrored: true, budgetMs: 800, limit: 200 } as const;
/** As alike as curves of noise never are; per point, z-normalised. */
const alikeWithin = 0.75;
const mostLookedAt = 30;
const mostRelated = 10;
/** What began so long before or after an anomaly may belong to it, or to another incident: it has been told. */
const aroundSeconds = 900;
/** Where it is looked whether a metric always moves so: that many windows earlier. */
const earlier = [1, 1.25, 1.5, 1.75, 2];
const clearlyNearer = 1.25;

/**
 * Metrics that moved as an anomaly's did and were not flagged, the nearest first: live look-alikes by their rigid shape, some minutes earlier or later, the
 * other way too. Left out are metrics with an anomaly of their own about then, and those that look the same in the windows before: a counter's line and
 * an hourly batch look like many things, and did not move because of this one.
 *
 * None where the search does not answer, or the anomaly has no shape: an incident is worth showing without.
 *
 * @param members metrics that are told already
 */
export function createRelatedMetrics({ log, series, search }: RelatedOptions): (anomaly: string, members: readonly string[]) => Promise<readonly RelatedMetric[]> {
  return async (id, members) => {
    const anomaly = await log.get(id);
    const answer = await search({ anomaly: id, ...request }).catch(() => null);
    if (anomaly === null || answer === null) return [];
    const around = { from: anomaly.start - aroundSeconds, until: (anomaly.end ?? anomaly.updated) + aroundSeconds };
    const flagged = new Set((await log.query({ state: 'all', ...around, limit: 1000 })).anomalies.map(({ metric }) => metric));
    const isCandidate = ({ metric, source, distance }: SearchMatch): boolean => source === 'live' && !members.includes(metric) && !flagged.has(metric) && distance <= alikeWithin * Math.sqrt(answer.length);
    const candidates = answer.matches.filter(isCandidate).slice(0, mostLookedAt);
    const usual = await findUsual(series, answer, candidates);
    return candidates.filter((match) => !usual.has(match.metric)).slice(0, mostRelated).map(({ metric, distance, lagSeconds = 0, sign = 1 }) => ({ metric, distance, lagSeconds, sign }));
  };
}

/** Those of the matches that look nearly as much like the query in the time before. */
async function findUsual(series: SeriesStore, { query, length }: SearchAnswer, matches: readonly SearchMatch[]): Promise<Set<string>> {
  const shape = zNormalise(Float64Array.from(query.values, (value) => value ?? 0));
  if (matches.length === 0 || shape === null) return new Set();
  const from = Math.min(...matches.map((match) => match.from - (match.until - match.from) * Math.max(...earlier)));
  const until = Math.max(...matches.map((match) => match.from));
  const before = new Map((await series.read(matches.map(({ metric }) => metric), { from, until })).map((one) => [one.metric, one]));
  return new Set(matches.filter((match) => nearestBefore(match, before.get(match.metric), { shape, length }) <= clearlyNearer * match.distance).map(({ metric }) => metric));
}

function nearestBefore({ from, until, sign = 1 }: SearchMatch, series: Series | undefined, { shape, length }: { shape: Float64Array; length: number }): number {
  const span = until - from;
  const distances = earlier.map((windows) => {
    const begins = from - windows * span;
    const kept = Array.from(series?.timestamps ?? []).flatMap((at, i) => (at >= begins && at < begins + span ? [i] : []));
    if (series === undefined || kept.length < 3) return Infinity;
    const cut = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
    const points = zNormalise(resample(cut(series.timestamps), cut(series.values), length));
    return points === null ? Infinity : euclidean(points.map((value) => sign * value), shape);
  });
  return Math.min(...distances);
}
