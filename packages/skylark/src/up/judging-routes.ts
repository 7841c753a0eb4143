import type { IncomingMessage } from 'node:http';
import { detectorRecords } from '@skylark/analyzer';
import type { ExtraRoute } from '@skylark/api';
import { type AnomalyLog, SkylarkError } from '@skylark/core';
import { z } from 'zod';
import type { BandRequest } from './make-band.js';
import { sendJson } from './read-json-body.js';

export interface JudgingRouteOptions {
  readonly log: AnomalyLog;
  /** Runs in the search thread. */
  readonly expectedBand: (request: BandRequest) => Promise<unknown>;
}

const time = z.coerce.number().min(0);
const windowQuery = z.strictObject({ from: time.optional(), until: time.optional() });
const bandQuery = z
  .strictObject({ metric: z.string().min(1), from: time, until: time, maxPoints: z.coerce.number().int().min(1).max(20_000).default(2000) })
  .refine(({ from, until }) => from < until, 'from does not lie before until');

/** What the ensemble expected of a metric, and how its detectors did; times in seconds. */
export function judgingRoutes({ log, expectedBand }: JudgingRouteOptions): ExtraRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/expected',
      may: 'read',
      summary: 'What the ensemble default expected of a metric at each of its datapoints: {metric, timestamps, low, high, levels, inForce}; null while too little is known',
      handler: async (request, response) => sendJson(response, await expectedBand(readQuery(request, bandQuery))),
    },
    {
      method: 'GET',
      path: '/api/v1/detectors',
      may: 'read',
      summary: 'What people said of the anomalies each detector voted for',
      handler: async (request, response) => sendJson(response, { detectors: await detectorRecords(log, readQuery(request, windowQuery)) }),
    },
  ];
}

/** @throws SkylarkError bad-request, naming the parameter */
function readQuery<Query>(request: IncomingMessage, schema: z.ZodType<Query>): Query {
  const parsed = schema.safeParse(Object.fromEntries(new URL(request.url ?? '/', 'http://localhost').searchParams));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SkylarkError('bad-request', `query ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not usable'}`);
}
