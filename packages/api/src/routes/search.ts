import type { Clock, SearchAnswer, SearchRequest } from '@skylark/core';
import { isSkylarkError } from '@skylark/core';
import { z } from 'zod';
import { metricName, timeValue } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { NameSearch } from '../names/name-search.js';

export interface SearchRouteOptions {
  readonly clock: Clock;
  readonly names: NameSearch;
  /** Finds look-alikes. @throws SkylarkError unknown-metric, unknown-anomaly, flat-query, too-few-points, bad-request, bad-pattern */
  readonly search: (request: SearchRequest) => Promise<SearchAnswer>;
}

const request = z
  .strictObject({
    metric: metricName.optional(),
    anomaly: z.string().min(1).max(512).optional().meta({ description: "an anomaly's id" }),
    values: z.array(z.number()).min(2).max(10_000).optional().meta({ description: 'a curve, its points at even instants' }),
    from: timeValue.optional(),
    until: timeValue.optional(),
    method: z.enum(['euclidean', 'dtw', 'fastdtw']).default('dtw'),
    radius: z.int().min(0).max(512).optional().meta({ description: 'of FastDTW, in points; default 1' }),
    band: z.number().min(0).max(1).optional().meta({ description: 'of DTW, a fraction of the length; default 0.1' }),
    slop: z.int().min(0).max(1000).optional().meta({ description: 'of the fingerprint phrase; default 20' }),
    scope: z.enum(['live', 'anomalies', 'both']).default('both'),
    exclude: z.array(z.string().min(1).max(1024)).max(200).optional().meta({ description: 'names, globs, /regex/ that are no candidates' }),
    limit: z.int().min(1).max(1000).default(10),
    offset: z.int().min(0).max(1_000_000).default(0),
    explain: z.boolean().default(false).meta({ description: 'each match carries its warping path' }),
  })
  .refine(({ metric, anomaly, values }) => [metric, anomaly, values].filter((query) => query !== undefined).length === 1, 'name exactly one of metric, anomaly, values')
  .meta({ id: 'SearchRequest' });

const curve = { from: z.number(), until: z.number(), values: z.array(z.number()) };
const match = z.strictObject({
  metric: z.string(),
  source: z.enum(['live', 'anomaly', 'collection']),
  id: z.string().optional(),
  distance: z.number(),
  ...curve,
  path: z.array(z.tuple([z.int(), z.int()])).optional(),
});
const answer = z
  .strictObject({
    tookMs: z.number(),
    length: z.int().meta({ description: 'points that were compared' }),
    stages: z.array(z.strictObject({ name: z.string(), candidates: z.int(), tookMs: z.number() })),
    query: z.strictObject({ metric: z.string().optional(), ...curve }),
    total: z.int(),
    matches: z.array(match),
  })
  .meta({ id: 'SearchAnswer' });

/** Searches at once: each costs a core for a while, and a page that gave up does not stop its own. */
const mostAtOnce = 16;

/** `POST /api/v1/search`: metrics and past anomalies whose shape looks like a given one. */
export function searchRoutes({ clock, names, search }: SearchRouteOptions): Route[] {
  let running = 0;
  const find = defineRoute({
    method: 'POST',
    path: '/api/v1/search',
    may: 'read',
    changes: false,
    summary: 'Metrics and past anomalies whose shape looks like a given one, nearest first',
    body: request,
    answers: { 200: { description: 'matches, ascending by distance', schema: answer } },
    problems: ['unknown-metric', 'unknown-anomaly', 'flat-query', 'too-few-points', 'bad-pattern', 'too-many-searches'],
    async handle({ body: { from, until, ...query } }) {
      const now = clock.now();
      const window = { from: from?.(now), until: until?.(now) };
      if (window.from !== undefined && window.until !== undefined && !(window.from < window.until)) throw new Problem('bad-request', `body from: ${window.from} does not lie before until ${window.until}`);
      if (running >= mostAtOnce) throw new Problem('too-many-searches', `${mostAtOnce} at once`);
      running++;
      try {
        return await search({ ...query, ...window });
      } catch (error) {
        if (isSkylarkError(error, 'unknown-metric') && query.metric !== undefined) throw await names.unknownMetric(query.metric);
        throw error;
      } finally {
        running--;
      }
    },
  });
  return [find];
}
