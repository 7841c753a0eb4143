import type { AnomalyLog, SeriesStore } from '@skylark/core';
import { z } from 'zod';
import { defineRoute, type Route } from '../http/route.js';
import { readWindow } from '../series/read-window.js';

export interface SkylineRouteOptions {
  readonly series: SeriesStore;
  readonly anomalies: Pick<AnomalyLog, 'query'>;
}

/** What Skyline kept of a series: FULL_DURATION. */
const fullDurationSeconds = 86_400;
/** Skyline's names had this in front, its pages send it along. */
const fullNamespace = 'metrics.';
const mostListed = 10_000;
const ignored = z.string().max(100).optional().meta({ description: 'ignored (jQuery adds it)' });
const results = z.strictObject({ results: z.array(z.tuple([z.number(), z.number()])) });

/** The two routes of Skyline's web application. */
export function skylineRoutes({ series, anomalies }: SkylineRouteOptions): Route[] {
  const data = defineRoute({
    method: 'GET',
    path: '/api',
    may: 'read',
    summary: "As Skyline's: the last day of a metric's datapoints, [timestamp, value]",
    query: z.strictObject({ metric: z.string().max(8192).optional(), _: ignored }),
    answers: { 200: { description: 'the datapoints', schema: results }, 404: { description: 'no such metric', schema: z.strictObject({ results: z.string() }) } },
    async handle({ query: { metric }, response }) {
      const found = await lastDay(metric ?? '');
      if (found) return { results: found };
      response.status(404);
      return { results: 'Error: No metric by that name' };
    },
  });

  const list = defineRoute({
    method: 'GET',
    path: '/anomalies.json',
    may: 'read',
    summary: "As Skyline's: handle_data([[value, name], ...]) of all open anomalies, by name",
    query: z.strictObject({ _: ignored, callback: ignored }),
    answers: { 200: { description: 'a script that calls handle_data', type: 'application/javascript' } },
    async handle({ response }) {
      const open = (await anomalies.query({ state: 'open', limit: mostListed })).anomalies;
      const rows = open.map(({ metric, value }): [number, string] => [value, metric]).sort(([, a], [, b]) => (a < b ? -1 : Number(a > b)));
      response.type('application/javascript').send(`handle_data(${scriptSafe(JSON.stringify(rows))})`);
    },
  });
  return [data, list];

  async function lastDay(name: string): Promise<[number, number][] | null> {
    for (const metric of name.startsWith(fullNamespace) ? [name, name.slice(fullNamespace.length)] : [name]) {
      if (metric === '') continue;
      const [span] = await series.spans([metric]);
      if (span?.lastTimestamp == null) continue;
      const until = span.lastTimestamp + 1;
      const { timestamps, values } = await readWindow(series, metric, { from: Math.max(0, until - fullDurationSeconds), until });
      return Array.from(timestamps, (timestamp, i) => [timestamp, values[i] as number]);
    }
    return null;
  }
}

/** JSON that is also safe as a script, whatever a metric is called. */
function scriptSafe(json: string): string {
  return json.replace(/[<>\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
