import type { AlertBook, Anomaly, AnomalyLog, Clock, Incident, NewSilence, RelatedMetric, SentNotification, Window } from '@skylark/core';
import { z } from 'zod';
import { limitText, timeText, timeValue } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { anomalyView, viewOf } from './anomaly-view.js';

/** What the api is handed to tell who is called, for what and when. */
export interface AlertFunctions {
  readonly book: AlertBook;
  /** The incidents that overlap a window, newest first, with their anomalies by id. */
  readonly incidents: (window: Window) => Promise<{ readonly incidents: readonly Incident[]; readonly anomalies: ReadonlyMap<string, Anomaly> }>;
  /** Metrics that moved like an anomaly's at the time, and are none of those named; nearest first. */
  readonly related: (anomaly: string, members: readonly string[]) => Promise<readonly RelatedMetric[]>;
  /** What was sent or withheld, newest first. */
  readonly notifications: () => Promise<readonly SentNotification[]>;
}

export interface AlertRouteOptions extends AlertFunctions {
  readonly anomalies: Pick<AnomalyLog, 'get'>;
  readonly clock: Clock;
}

/** What starts later is another incident. */
const hourSeconds = 3600;
const daySeconds = 86_400;
const related = z.strictObject({ metric: z.string(), distance: z.number(), lagSeconds: z.number(), sign: z.union([z.literal(1), z.literal(-1)]) });
const incidentView = z
  .strictObject({
    id: z.string(),
    state: z.enum(['open', 'closed']),
    start: z.number(),
    end: z.number().nullable(),
    leader: z.string().meta({ description: 'the metric that moved first' }),
    score: z.number(),
    anomalies: z.array(anomalyView).meta({ description: 'who moved first first' }),
    related: z.array(related).meta({ description: 'look-alikes of the leader that were not flagged' }),
  })
  .meta({ id: 'Incident' });
const zone = z.string().min(1).max(100).default('UTC').meta({ description: 'IANA time zone', example: 'Europe/Berlin' });
const match = z.string().min(1).max(1024).meta({ description: 'a name, glob or /regex/' });
const byId = z.strictObject({ id: z.string().min(1).max(512) });
const silenceBody = z
  .strictObject({
    kind: z.enum(['anomaly', 'shape', 'weekly']),
    match: match.optional().meta({ description: "metrics it is about; default: all" }),
    anomaly: z.string().min(1).max(512).optional(),
    days: z.array(z.int().min(1).max(7)).min(1).max(7).optional().meta({ description: 'weekly: 1 is Monday' }),
    from: z.string().max(5).optional().meta({ example: '02:00' }),
    until: z.string().max(5).optional().meta({ example: '03:30' }),
    zone,
    reason: z.string().max(2000).default(''),
    expires: timeValue.nullable().optional(),
    dryRun: z.boolean().default(false).meta({ description: 'only tell what it would have silenced' }),
  })
  .refine(({ kind, anomaly }) => (kind === 'weekly') === (anomaly === undefined), 'anomaly: named with kind anomaly or shape, and only then')
  .refine(({ kind, match: about }) => kind !== 'weekly' || about !== undefined, 'match: a weekly silence says which metrics it is about')
  .meta({ id: 'NewSilence' });
const silenceView = z
  .strictObject({
    id: z.string(), kind: z.enum(['anomaly', 'shape', 'weekly']), match: z.string(), anomaly: z.string().nullable(), days: z.array(z.int()).nullable(), from: z.string().nullable(), until: z.string().nullable(), zone: z.string(), reason: z.string(), by: z.string(),
    created: z.number(), expires: z.number().nullable(),
  })
  .meta({ id: 'Silence' });
const calendarFields = { name: z.string().trim().min(1).max(200), match: match.default('*'), repeat: z.enum(['never', 'weekly', 'yearly']).default('never'), zone };
const calendarView = z.strictObject({ id: z.string(), ...calendarFields, from: z.number(), until: z.number(), by: z.string(), created: z.number() }).meta({ id: 'Calendar' });
const budgetView = z
  .strictObject({
    perDay: z.int().nullable(),
    thresholds: z.array(z.strictObject({ group: z.string(), minScore: z.number() })),
    preview: z.array(z.strictObject({ day: z.number(), notified: z.int(), withheld: z.int() })).meta({ description: 'the last days, newest first' }),
  })
  .meta({ id: 'Budget' });
const perDay = z.int().min(0).max(100_000).nullable().meta({ description: 'at most so many notifications a day; null: no limit' });
const notificationView = z.strictObject({ id: z.string(), at: z.number(), incident: z.string(), leader: z.string(), score: z.number(), text: z.string(), result: z.enum(['sent', 'withheld']), targets: z.int(), pending: z.array(z.strictObject({ target: z.string(), attempts: z.int(), error: z.string().nullable() })) });

/** Open incidents of a list for which look-alikes are looked up, those of most anomalies first; the others tell theirs when asked for alone. */
const mostRelated = 5;

/** Incidents, and what people say about when to be called: budget, silences, calendars. */
export function alertRoutes(options: AlertRouteOptions): Route[] {
  return [...incidentRoutes(options), ...budgetRoutes(options), ...silenceRoutes(options), ...calendarRoutes(options), notificationRoute(options)];
}

function incidentRoutes({ anomalies: log, incidents, related: relatedTo, clock }: AlertRouteOptions): Route[] {
  const list = defineRoute({
    method: 'GET',
    path: '/api/v1/incidents',
    may: 'read',
    summary: 'Anomalies that started together, newest first',
    query: z.strictObject({ state: z.enum(['open', 'closed', 'all']).default('all'), from: timeText.optional(), until: timeText.optional(), limit: limitText(50, 500) }),
    answers: { 200: { description: 'incidents that overlap [from, until), by default of the last day', schema: z.array(incidentView) } },
    async handle({ query: { state, from, until, limit } }) {
      const now = clock.now();
      const window = { from: from?.(now) ?? now - daySeconds, until: until?.(now) ?? now + daySeconds };
      const read = await incidents(window);
      const chosen = read.incidents.filter((incident) => state === 'all' || incident.state === state).slice(0, limit);
      const largest = new Set(chosen.filter((incident) => incident.state === 'open').sort((a, b) => b.anomalies.length - a.anomalies.length).slice(0, mostRelated));
      return Promise.all(chosen.map(async (incident) => view(incident, read.anomalies, largest.has(incident) ? await relatedTo(incident.id, incident.metrics) : [])));
    },
  });
  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/incidents/:id',
    may: 'read',
    summary: 'The incident an anomaly belongs to',
    params: byId,
    answers: { 200: { description: 'the incident', schema: incidentView } },
    problems: ['unknown-anomaly'],
    async handle({ params: { id } }) {
      const anomaly = await log.get(id);
      if (anomaly === null) throw new Problem('unknown-anomaly', id);
      const read = await incidents({ from: anomaly.start, until: anomaly.start + hourSeconds });
      const incident = read.incidents.find(({ anomalies }) => anomalies.includes(id));
      if (incident === undefined) throw new Problem('unknown-anomaly', id);
      return view(incident, read.anomalies, await relatedTo(incident.id, incident.metrics));
    },
  });
  return [list, get];
}

function view({ id, state, start, end, leader, score, anomalies: ids }: Incident, anomalies: ReadonlyMap<string, Anomaly>, related: readonly RelatedMetric[]) {
  return { id, state, start, end, leader, score, anomalies: ids.map((one) => viewOf(anomalies.get(one)!)), related };
}

function budgetRoutes({ book }: AlertRouteOptions): Route[] {
  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/budget',
    may: 'read',
    summary: 'How many notifications a day there may be, and what that means',
    answers: { 200: { description: 'the budget', schema: budgetView } },
    handle: () => book.budget(),
  });
  const put = defineRoute({
    method: 'PUT',
    path: '/api/v1/budget',
    may: 'write',
    summary: 'Sets how many notifications a day there may be',
    body: z.strictObject({ perDay, dryRun: z.boolean().default(false).meta({ description: 'only tell what it would mean' }) }),
    answers: { 200: { description: 'the budget', schema: budgetView } },
    handle: ({ body }) => (body.dryRun ? book.previewBudget(body.perDay) : book.setBudget(body.perDay)),
  });
  return [get, put];
}

function silenceRoutes({ book, clock }: AlertRouteOptions): Route[] {
  const list = defineRoute({
    method: 'GET',
    path: '/api/v1/silences',
    may: 'read',
    summary: 'What people said is normal, newest first',
    answers: { 200: { description: 'the silences', schema: z.array(silenceView) } },
    handle: async () => (await book.silences()).map(({ shape: _shape, ...silence }) => silence),
  });
  const add = defineRoute({
    method: 'POST',
    path: '/api/v1/silences',
    may: 'write',
    summary: 'Says that something is normal: nobody is called for it any more',
    body: silenceBody,
    answers: {
      200: { description: 'the silence; with dryRun what it would have silenced in the last 90 days, and which of that people said was real', schema: z.union([silenceView, z.strictObject({ wouldSilence: z.array(anomalyView), real: z.array(anomalyView) })]) },
    },
    problems: ['unknown-anomaly', 'bad-pattern'],
    async handle({ body: { dryRun, expires, match: about, anomaly, days, from, until, ...rest }, caller }) {
      const silence: NewSilence = {
        ...rest,
        match: about ?? '*',
        anomaly: anomaly ?? null,
        days: days ?? null,
        from: from ?? null,
        until: until ?? null,
        expires: expires === undefined || expires === null ? null : expires(clock.now()),
      };
      if (!dryRun) {
        const { shape: _shape, ...made } = await book.silence(silence, caller.name);
        return made;
      }
      const { wouldSilence, real } = await book.wouldSilence(silence);
      return { wouldSilence: wouldSilence.map(viewOf), real: real.map(viewOf) };
    },
  });
  const remove = defineRoute({
    method: 'DELETE',
    path: '/api/v1/silences/:id',
    may: 'write',
    summary: 'Takes a silence back',
    params: byId,
    answers: { 200: { description: 'whether there was one', schema: z.strictObject({ deleted: z.boolean() }) } },
    handle: async ({ params }) => ({ deleted: await book.unsilence(params.id) }),
  });
  return [list, add, remove];
}

function calendarRoutes({ book, clock }: AlertRouteOptions): Route[] {
  const list = defineRoute({
    method: 'GET',
    path: '/api/v1/calendars',
    may: 'read',
    summary: 'Planned windows and holidays, newest first',
    answers: { 200: { description: 'the calendars', schema: z.array(calendarView) } },
    handle: () => book.calendars(),
  });
  const add = defineRoute({
    method: 'POST',
    path: '/api/v1/calendars',
    may: 'write',
    summary: 'Plans a window in which nobody is called',
    body: z.strictObject({ ...calendarFields, from: timeValue, until: timeValue }).meta({ id: 'NewCalendar' }),
    answers: { 200: { description: 'the calendar', schema: calendarView } },
    problems: ['bad-pattern'],
    handle: ({ body: { from, until, ...rest }, caller }) => book.plan({ ...rest, from: from(clock.now()), until: until(clock.now()) }, caller.name),
  });
  const remove = defineRoute({
    method: 'DELETE',
    path: '/api/v1/calendars/:id',
    may: 'write',
    summary: 'Takes a planned window back',
    params: byId,
    answers: { 200: { description: 'whether there was one', schema: z.strictObject({ deleted: z.boolean() }) } },
    handle: async ({ params }) => ({ deleted: await book.unplan(params.id) }),
  });
  return [list, add, remove];
}

function notificationRoute({ notifications }: AlertRouteOptions): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/v1/notifications',
    may: 'read',
    summary: 'What was sent or withheld, newest first',
    answers: { 200: { description: 'the notifications', schema: z.array(notificationView) } },
    async handle() {
      const all = await notifications();
      // A target's address may hold a secret: its host is enough to know which.
      return all.map(({ id, at, incident, leader, score, text, result, targets, pending }) => ({ id, at, incident, leader, score, text, result, targets, pending: pending.map(({ target, attempts, error }) => ({ target: new URL(target).host, attempts, error })) }));
    },
  });
}
