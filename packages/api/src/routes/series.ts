import type { Clock, SeriesStore } from '@skylark/core';
import { z } from 'zod';
import { metricName, numberText, timeText } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { writeJsonColumns } from '../http/write-json.js';
import type { NameSearch } from '../names/name-search.js';
import { bucketSeries } from '../series/bucket-series.js';
import { readWindow } from '../series/read-window.js';
import { resolutionOf } from '../series/resolution.js';

export interface SeriesRouteOptions {
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly names: NameSearch;
}

const answer = z
  .strictObject({
    metric: z.string(),
    from: z.number(),
    until: z.number(),
    points: z.int().meta({ description: 'datapoints stored in the window' }),
    returned: z.int().meta({ description: 'points in this answer' }),
    resolution: z.number().nullable().meta({ description: 'median seconds between the stored datapoints; null below two' }),
    bucketSeconds: z.number().optional().meta({ description: 'with maxPoints: width of a bucket, whose start is its timestamp; 0 when every datapoint stands for itself' }),
    timestamps: z.array(z.number()),
    values: z.array(z.number()),
    min: z.array(z.number()).optional(),
    max: z.array(z.number()).optional(),
  })
  .meta({ id: 'Series' });

/** `GET /api/v1/series`: without a window all that is stored, without maxPoints every datapoint, exact. */
export function seriesRoutes({ series, clock, names }: SeriesRouteOptions): Route[] {
  const read = defineRoute({
    method: 'GET',
    path: '/api/v1/series',
    may: 'read',
    summary: 'Datapoints of one metric',
    query: z.strictObject({
      metric: metricName,
      from: timeText.optional(),
      until: timeText.optional(),
      maxPoints: numberText(z.int().min(1).max(100_000)).optional().meta({ description: 'mean, min and max of at most that many buckets instead of every datapoint' }),
    }),
    answers: { 200: { description: 'columns of numbers, times ascending', schema: answer } },
    problems: ['unknown-metric'],
    async handle({ query: { metric, from: fromText, until: untilText, maxPoints }, response }) {
      const [span] = await series.spans([metric]);
      if (span?.lastTimestamp == null && !(await names.has(metric))) throw await names.unknownMetric(metric);
      const now = clock.now();
      const from = fromText?.(now) ?? span?.firstTimestamp ?? 0;
      const until = untilText?.(now) ?? Math.max(from + 1, Math.floor(span?.lastTimestamp ?? 0) + 1);
      if (!(from < until)) throw new Problem('bad-request', `query from: ${from} does not lie before until ${until}`);
      const stored = await readWindow(series, metric, { from, until });
      const members = { metric, from, until, points: stored.timestamps.length };
      const resolution = resolutionOf(stored.timestamps);
      if (maxPoints === undefined) {
        await writeJsonColumns(response, { ...members, returned: members.points, resolution }, { timestamps: stored.timestamps, values: stored.values });
        return;
      }
      const { bucketSeconds, ...columns } = bucketSeries(stored, { from, until }, maxPoints);
      await writeJsonColumns(response, { ...members, returned: columns.timestamps.length, resolution, bucketSeconds }, { ...columns });
    },
  });
  return [read];
}
