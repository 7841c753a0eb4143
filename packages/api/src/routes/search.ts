import type { Clock, MetricChange, SearchAnswer, SearchRequest, Window } from '@skylark/core';
import { isSkylarkError } from '@skylark/core';
import { z } from 'zod';
import { limitText, metricName, timeText, timeValue } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { NameSearch } from '../names/name-search.js';

export interface SearchRouteOptions {
  readonly clock: Clock;
  readonly names: NameSearch;
  /** Finds look-alikes. @throws SkylarkError unknown-metric, unknown-anomaly, flat-query, too-few-points, bad-request, bad-pattern */
  readonly search: (request: SearchRequest) => Promise<SearchAnswer>;
  /** Every series by how much it changed in a window, most first. */
  readonly changes: (window: Window, limit: number) => Promise<readonly MetricChange[]>;
}

const request = z
  .strictObject({
    metric: metricName.optional(),
    anomaly: z.string().min(1).max(512).optional().meta({ description: "an anomaly's id" }),
    values: z.array(z.number().nullable()).min(2).max(10_000).optional().meta({ description: 'a curve, its points at even instants; null: what lies there does not count' }),
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
    budgetMs: z.number().positive().max(600_000).optional().meta({ description: 'answer the best found by then; default: all is compared' }),
    maxLagSeconds: z.number().min(0).max(86_400).optional().meta({ description: 'live series are also compared shifted by up to so much' }),
    mirrored: z.boolean().optional().meta({ description: 'also what moved the other way, with sign -1' }),
    subsequence: z.boolean().optional().meta({ description: 'the shape anywhere in the last 24 h of every live series' }),
    ignore: z.array(z.enum(['height', 'level', 'when', 'stretching', 'noise'])).max(5).optional().meta({ description: 'what does not count; default height and level' }),
  })
  .refine(({ metric, anomaly, values }) => [metric, anomaly, values].filter((query) => query !== undefined).length === 1, 'name exactly one of metric, anomaly, values')
  .meta({ id: 'SearchRequest' });

const span = { from: z.number(), until: z.number() };
const match = z.strictObject({
  metric: z.string(),
  source: z.enum(['live', 'anomaly', 'collection']),
  id: z.string().optional(),
  distance: z.number(),
  ...span,
  lagSeconds: z.number().optional().meta({ description: 'above 0: later than the query' }),
  sign: z.union([z.literal(1), z.literal(-1)]).optional(),
  values: z.array(z.number()),
  path: z.array(z.tuple([z.int(), z.int()])).optional(),
});
const answer = z
  .strictObject({
    tookMs: z.number(),
    length: z.int().meta({ description: 'points that were compared' }),
    stages: z.array(z.strictObject({ name: z.string(), candidates: z.int(), tookMs: z.number() })),
    query: z.strictObject({ metric: z.string().optional(), ...span, values: z.array(z.number().nullable()) }),
    total: z.int(),
    partial: z.enum(['budget', 'backend']).nullable().meta({ description: 'why not everything was compared' }),
    matches: z.array(match),
  })
  .meta({ id: 'SearchAnswer' });

/** Searches at once: each costs a core for a while, and a page that gave up does not stop its own. */
const mostAtOnce = 16;

const change = z.strictObject({ metric: z.string(), statistic: z.number(), pValue: z.number(), anomalyRate: z.number() });

/** `POST /api/v1/search`: metrics and past anomalies whose shape looks like a given one; `GET /api/v1/changes`: what else moved. */
export function searchRoutes({ clock, names, search, changes }: SearchRouteOptions): Route[] {
  let running = 0;
  async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
    if (running >= mostAtOnce) throw new Problem('too-many-searches', `${mostAtOnce} at once`);
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  }

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
      try {
        return await oneOfFew(() => search({ ...query, ...window }));
      } catch (error) {
        if (isSkylarkError(error, 'unknown-metric') && query.metric !== undefined) throw await names.unknownMetric(query.metric);
        throw error;
      }
    },
  });

  const changed = defineRoute({
    method: 'GET',
    path: '/api/v1/changes',
    may: 'read',
    summary: 'All metrics by how much they changed in a window against the stretch before it, most first',
    query: z.strictObject({ from: timeText.optional(), until: timeText.optional(), limit: limitText(100, 1000) }),
    answers: { 200: { description: 'the most changed', schema: z.strictObject({ changes: z.array(change) }).meta({ id: 'Changes' }) } },
    problems: ['too-many-searches'],
    async handle({ query: { from, until, limit } }) {
      const now = clock.now();
      const end = until?.(now) ?? now;
      const window = { from: from?.(now) ?? end - changeWindowSeconds, until: end };
      if (!(window.from < window.until)) throw new Problem('bad-request', `query from: ${window.from} does not lie before until ${window.until}`);
      return { changes: await oneOfFew(() => changes(window, limit)) };
    },
  });
  return [find, changed];
}

/** Where nobody names a window: the last half hour. */
const changeWindowSeconds = 1800;
