import type { Clock, SeriesStore } from '@skylark/core';
import { z } from 'zod';
import { flagText, limitText, nameQuery, offsetText } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { NameSearch } from '../names/name-search.js';

export interface MetricRouteOptions {
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly names: NameSearch;
  /** Metrics with an anomaly of late: they come first. */
  readonly recent: () => Promise<ReadonlySet<string>>;
  /** Forgets metrics with all that belongs to them; answers how many existed. */
  readonly removeMetrics: (metrics: readonly string[]) => Promise<number>;
}

/** Others wait meanwhile. */
const longestSearchMs = 70;

const mode = z.enum(['all', 'fuzzy', 'glob', 'regex', 'exact']);
const selection = {
  query: nameQuery.default('').meta({ description: '/re/ is a regex, *?{[ a glob, =name exact, else fuzzy; nothing: all', example: 'web.*.latency' }),
  mode: mode.optional().meta({ description: 'how to read the query; by itself as the query looks' }),
  internal: flagText.meta({ description: "with Skylark's own skylark.* metrics" }),
};
const foundMetric = z.strictObject({
  metric: z.string(),
  firstTimestamp: z.number().nullable(),
  lastTimestamp: z.number().nullable(),
  ranges: z.array(z.tuple([z.number(), z.number()])).optional().meta({ description: 'the letters that matched, pairs [start, end) in UTF-16 units' }),
});

/** True once so long has passed since it was asked first: what came before, such as gathering the names, does not count. */
function overAfter(ms: number, clock: Clock): () => boolean {
  let sinceMs: number | null = null;
  return () => {
    sinceMs ??= clock.elapsedMs();
    return clock.elapsedMs() - sinceMs > ms;
  };
}

/** `GET` and `DELETE /api/v1/metrics`. */
export function metricRoutes({ series, clock, names, recent, removeMetrics }: MetricRouteOptions): Route[] {
  const find = defineRoute({
    method: 'GET',
    path: '/api/v1/metrics',
    may: 'read',
    summary: 'Metrics by name',
    query: z.strictObject({ ...selection, limit: limitText(100, 10_000), offset: offsetText }),
    answers: { 200: { description: 'a page of the metrics found', schema: z.strictObject({ mode, total: z.int(), tookMs: z.number(), metrics: z.array(foundMetric), partial: z.boolean().optional().meta({ description: 'a pattern that is too much work was ended early: there may be more' }) }).meta({ id: 'FoundMetrics' }) } },
    problems: ['bad-pattern'],
    async handle({ query: { query, mode: asked, internal, limit, offset } }) {
      const startedMs = clock.elapsedMs();
      const found = await names.find(query, { internal, limit, offset, isOver: overAfter(longestSearchMs, clock), ...(query === '' ? {} : { recent: await recent() }), ...(asked ? { mode: asked } : {}) });
      const spans = await series.spans(found.matches.map(({ metric }) => metric));
      const metrics = found.matches.map(({ metric, ranges }, i) => ({
        metric,
        firstTimestamp: spans[i]?.firstTimestamp ?? null,
        lastTimestamp: spans[i]?.lastTimestamp ?? null,
        ...(ranges ? { ranges } : {}),
      }));
      return { mode: found.mode, total: found.total, tookMs: clock.elapsedMs() - startedMs, metrics, ...(found.partial === true ? { partial: true } : {}) };
    },
  });

  const remove = defineRoute({
    method: 'DELETE',
    path: '/api/v1/metrics',
    may: 'admin',
    summary: 'Forget metrics with all their datapoints and anomalies',
    query: z.strictObject(selection),
    answers: { 200: { description: 'how many were removed', schema: z.strictObject({ removed: z.int() }) } },
    problems: ['bad-pattern'],
    async handle({ query: { query, mode: asked, internal } }) {
      const found = await names.find(query, { internal, limit: Number.MAX_SAFE_INTEGER, offset: 0, ...(asked ? { mode: asked } : {}) });
      if (query === '' || found.mode === 'fuzzy' || found.mode === 'all') throw new Problem('bad-request', 'query: name what to remove by a glob, /regex/ or =name; * is everything');
      return { removed: found.total === 0 ? 0 : await removeMetrics(found.matches.map(({ metric }) => metric)) };
    },
  });
  return [find, remove];
}
