import type { Anomaly, AnomalyLog, Clock, NameMatcher, RemarksChange, SeenBefore } from '@skylark/core';
import { z } from 'zod';
import { limitText, nameQuery, numberText, timeText, timeValue } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { anomalyMatcher } from '../names/anomaly-matcher.js';
import { anomalyView, feedback, viewOf } from './anomaly-view.js';

export interface AnomalyRouteOptions {
  readonly anomalies: AnomalyLog;
  readonly clock: Clock;
  readonly compileMatcher: (pattern: string) => NameMatcher;
  /** The past anomalies whose shape is nearest to one. */
  readonly seenBefore: (anomaly: string, limit: number) => Promise<readonly SeenBefore[]>;
  /** Those nobody is called for, by id, with the silence or calendar that says so. */
  readonly quieted: (anomalies: readonly Anomaly[]) => Promise<ReadonlyMap<string, string>>;
}

/** Past anomalies told with one. */
const mostSeenBefore = 5;

const id = z.strictObject({ id: z.string().min(1).max(512) });
const list = z.strictObject({ total: z.int(), anomalies: z.array(anomalyView), nextCursor: z.string().optional() }).meta({ id: 'AnomalyList' });
const remarks = z
  .strictObject({
    acknowledged: z.boolean().optional(),
    mutedUntil: timeValue.nullable().optional().meta({ description: 'no notifications until then; null: unmuted', example: 'now+1h' }),
    feedback: feedback.nullable().optional(),
    note: z.string().max(10_000).nullable().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name at least one of acknowledged, mutedUntil, feedback, note')
  .meta({ id: 'Remarks' });

function silenced(quiet: ReadonlyMap<string, string>, { id: one }: Anomaly): { silencedBy?: string } {
  const by = quiet.get(one);
  return by === undefined ? {} : { silencedBy: by };
}

/** `/api/v1/anomalies`: lists, one, and what people say of it. */
export function anomalyRoutes({ anomalies, clock, compileMatcher, seenBefore, quieted }: AnomalyRouteOptions): Route[] {
  const query = defineRoute({
    method: 'GET',
    path: '/api/v1/anomalies',
    may: 'read',
    summary: 'Anomalies, highest score first',
    query: z.strictObject({
      state: z.enum(['open', 'closed', 'all']).default('open'),
      query: nameQuery.optional().meta({ description: 'glob, /regex/, =name, or part of a name', example: 'web.*' }),
      minScore: numberText(z.number().min(0).max(100)).optional(),
      from: timeText.optional(),
      until: timeText.optional(),
      limit: limitText(100, 1000),
      cursor: z.string().max(512).optional().meta({ description: 'nextCursor of the page before' }),
    }),
    answers: { 200: { description: 'a page of anomalies that overlap [from, until)', schema: list } },
    problems: ['bad-pattern'],
    async handle({ query: { state, query: names, minScore, from, until, limit, cursor } }) {
      const now = clock.now();
      const page = await anomalies.query({
        ...{ state, limit },
        ...(names ? { matches: anomalyMatcher(names, compileMatcher) } : {}),
        ...(minScore === undefined ? {} : { minScore }),
        ...(from ? { from: from(now) } : {}),
        ...(until ? { until: until(now) } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      });
      const quiet = await quieted(page.anomalies);
      return { total: page.total, anomalies: page.anomalies.map((anomaly) => ({ ...viewOf(anomaly), ...silenced(quiet, anomaly) })), ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
    },
  });

  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/anomalies/:id',
    may: 'read',
    summary: 'One anomaly, with the past ones that looked like it',
    params: id,
    answers: { 200: { description: 'the anomaly', schema: anomalyView } },
    problems: ['unknown-anomaly'],
    async handle({ params }) {
      const anomaly = await anomalies.get(params.id);
      if (!anomaly) throw new Problem('unknown-anomaly', params.id);
      return { ...viewOf(anomaly), ...silenced(await quieted([anomaly]), anomaly), seenBefore: await seenBefore(params.id, mostSeenBefore) };
    },
  });

  const annotate = defineRoute({
    method: 'PATCH',
    path: '/api/v1/anomalies/:id',
    may: 'write',
    summary: 'Acknowledge, mute, judge or note an anomaly',
    params: id,
    body: remarks,
    answers: { 200: { description: 'the anomaly after the change', schema: anomalyView } },
    problems: ['unknown-anomaly'],
    async handle({ params, body: { acknowledged, mutedUntil, feedback: said, note }, caller }) {
      const now = clock.now();
      const change: RemarksChange = { by: caller.name };
      if (acknowledged !== undefined) change.acknowledged = acknowledged;
      if (mutedUntil !== undefined) change.mutedUntil = mutedUntil === null ? null : mutedUntil(now);
      if (said !== undefined) change.feedback = said;
      if (note !== undefined) change.note = note;
      return viewOf(await anomalies.annotate(params.id, change, now));
    },
  });
  return [query, get, annotate];
}
