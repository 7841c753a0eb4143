import { type Clock, type Collection, type CollectionStore, isSkylarkError, type SeriesStore } from '@skylark/core';
import { z } from 'zod';
import { limitText, metricName, offsetText, timeValue } from '../http/parameters.js';
import { Problem } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { NameSearch } from '../names/name-search.js';

export interface CollectionRouteOptions {
  readonly collections: CollectionStore;
  readonly series: SeriesStore;
  readonly clock: Clock;
  readonly names: NameSearch;
  readonly newId: () => string;
}

const mostMetrics = 100;
const mostDatapoints = 1_000_000;
const mostComments = 1000;

const title = z.string().trim().min(1).max(500);
const notes = z.string().max(200_000).meta({ description: 'Markdown, kept as typed' });
const comment = z.strictObject({ by: z.string().max(200), at: z.number(), text: z.string().max(20_000) });
const columns = z
  .strictObject({ metric: metricName, timestamps: z.array(z.number()), values: z.array(z.number()) })
  .refine(({ timestamps, values }) => timestamps.length === values.length, 'timestamps and values differ in length')
  .refine(({ timestamps }) => timestamps.every((timestamp, i) => i === 0 || timestamp > timestamps[i - 1]!), 'timestamps must ascend');
const summary = { id: z.string(), title: z.string(), metrics: z.array(z.string()), from: z.number(), until: z.number(), notes: z.string(), comments: z.array(comment), updated: z.number() };
const whole = z.strictObject({ ...summary, series: z.array(columns) }).meta({ id: 'Collection' });
const file = z
  .strictObject({ id: z.string().max(200).optional(), title, metrics: z.array(metricName).max(mostMetrics).optional(), from: z.number(), until: z.number(), notes: notes.default(''), comments: z.array(comment).max(mostComments).default([]), updated: z.number().optional(), series: z.array(columns).max(mostMetrics) })
  .refine(({ series }) => series.reduce((sum, { values }) => sum + values.length, 0) <= mostDatapoints, `more than ${mostDatapoints} datapoints`)
  .refine(({ from, until }) => from < until, 'from does not lie before until');
const byId = z.strictObject({ id: z.string().min(1).max(200) });

/** `/api/v1/collections`: saved investigations with their own copy of the data, notes and comments. */
export function collectionRoutes({ collections, series: store, clock, names, newId }: CollectionRouteOptions): Route[] {
  const unknown = (id: string): Problem => new Problem('unknown-collection', id);

  async function create(collection: Omit<Collection, 'id' | 'updated'>): Promise<unknown> {
    const made: Collection = { ...collection, id: newId(), updated: clock.now() };
    await collections.put(made, 0);
    return viewOf(made);
  }

  /** Two people may write at once: who comes second starts from what the first left. */
  async function change(id: string, edit: (before: Collection) => Promise<Collection> | Collection): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const found = await collections.get(id);
      if (found === null) throw unknown(id);
      const edited = { ...(await edit(found.collection)), updated: clock.now() };
      try {
        await collections.put(edited, found.version);
        return viewOf(edited);
      } catch (error) {
        if (!isSkylarkError(error, 'version-conflict') || attempt >= 5) throw error;
      }
    }
  }

  async function copyOf(metrics: readonly string[], window: { from: number; until: number }): Promise<Collection['series']> {
    for (const metric of metrics) if (!(await names.has(metric))) throw await names.unknownMetric(metric);
    const series = await store.read(metrics, window);
    const datapoints = series.reduce((sum, { values }) => sum + values.length, 0);
    if (datapoints > mostDatapoints) throw new Problem('too-large', `${datapoints} datapoints; a collection holds up to ${mostDatapoints}: take a shorter window`);
    return series;
  }

  const list = defineRoute({
    method: 'GET',
    path: '/api/v1/collections',
    may: 'read',
    summary: 'Saved investigations, newest first, without their data',
    query: z.strictObject({ query: z.string().max(500).optional().meta({ description: 'looked for in titles, notes, comments and metric names' }), limit: limitText(50, 500), offset: offsetText }),
    answers: { 200: { description: 'a page of collections', schema: z.strictObject({ total: z.int(), collections: z.array(z.strictObject(summary)) }).meta({ id: 'CollectionList' }) } },
    async handle({ query: { query, limit, offset } }) {
      const page = await collections.list({ ...(query ? { text: query } : {}), limit, offset });
      return { total: page.total, collections: page.collections.map(summaryOf) };
    },
  });

  const save = defineRoute({
    method: 'POST',
    path: '/api/v1/collections',
    may: 'write',
    summary: 'Save metrics over a window, with a copy of their data',
    body: z.strictObject({ title, metrics: z.array(metricName).min(1).max(mostMetrics), from: timeValue, until: timeValue, notes: notes.default('') }).meta({ id: 'NewCollection' }),
    answers: { 200: { description: 'the collection', schema: whole } },
    problems: ['unknown-metric', 'too-large'],
    async handle({ body: { title: given, metrics, from, until, notes: written } }) {
      const now = clock.now();
      const window = { from: from(now), until: until(now) };
      if (!(window.from < window.until)) throw new Problem('bad-request', `body from: ${window.from} does not lie before until ${window.until}`);
      const unique = [...new Set(metrics)];
      return create({ title: given, metrics: unique, ...window, series: await copyOf(unique, window), notes: written, comments: [] });
    },
  });

  const restore = defineRoute({
    method: 'POST',
    path: '/api/v1/collections/import',
    may: 'write',
    summary: 'Add a collection that was exported; it gets an id of its own',
    body: file,
    answers: { 200: { description: 'the collection', schema: whole } },
    async handle({ body: { title: given, from, until, notes: written, comments, series } }) {
      const copies = series.map(({ metric, timestamps, values }) => ({ metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) }));
      return create({ title: given, metrics: copies.map(({ metric }) => metric), from, until, series: copies, notes: written, comments });
    },
  });

  const get = defineRoute({
    method: 'GET',
    path: '/api/v1/collections/:id',
    may: 'read',
    summary: 'One collection, whole: what import takes',
    params: byId,
    answers: { 200: { description: 'the collection', schema: whole } },
    problems: ['unknown-collection'],
    async handle({ params }) {
      const found = await collections.get(params.id);
      if (found === null) throw unknown(params.id);
      return viewOf(found.collection);
    },
  });

  const exported = defineRoute({
    method: 'GET',
    path: '/api/v1/collections/:id/export',
    may: 'read',
    summary: 'One collection as a file',
    params: byId,
    answers: { 200: { description: 'the collection, to be saved', schema: whole } },
    problems: ['unknown-collection'],
    async handle({ params, response }) {
      const found = await collections.get(params.id);
      if (found === null) throw unknown(params.id);
      response.attachment('collection.json');
      return viewOf(found.collection);
    },
  });

  const edit = defineRoute({
    method: 'PATCH',
    path: '/api/v1/collections/:id',
    may: 'write',
    summary: 'Rename a collection, edit its notes, or take other metrics into it',
    params: byId,
    body: z.strictObject({ title: title.optional(), notes: notes.optional(), metrics: z.array(metricName).min(1).max(mostMetrics).optional() }).refine((change) => Object.keys(change).length > 0, 'name at least one of title, notes, metrics'),
    answers: { 200: { description: 'the collection after the change', schema: whole } },
    problems: ['unknown-collection', 'unknown-metric', 'version-conflict'],
    async handle({ params, body }) {
      return change(params.id, async (before) => ({ ...before, ...(body.title === undefined ? {} : { title: body.title }), ...(body.notes === undefined ? {} : { notes: body.notes }), ...(body.metrics === undefined ? {} : await withMetrics(before, [...new Set(body.metrics)])) }));
    },
  });

  /** What was copied stays as it was copied; only metrics that are new are read. */
  async function withMetrics(before: Collection, metrics: readonly string[]): Promise<Pick<Collection, 'metrics' | 'series'>> {
    const kept = new Map(before.series.map((one) => [one.metric, one]));
    const added = await copyOf(metrics.filter((metric) => !kept.has(metric)), before);
    for (const one of added) kept.set(one.metric, one);
    return { metrics, series: metrics.map((metric) => kept.get(metric)!) };
  }

  const comments = defineRoute({
    method: 'POST',
    path: '/api/v1/collections/:id/comments',
    may: 'write',
    summary: 'Say something about a collection',
    params: byId,
    body: z.strictObject({ text: z.string().trim().min(1).max(20_000) }),
    answers: { 200: { description: 'the collection after the change', schema: whole } },
    problems: ['unknown-collection', 'too-large', 'version-conflict'],
    async handle({ params, body: { text }, caller }) {
      return change(params.id, (before) => {
        if (before.comments.length >= mostComments) throw new Problem('too-large', `${mostComments} comments already`);
        return { ...before, comments: [...before.comments, { by: caller.name, at: clock.now(), text }] };
      });
    },
  });

  const remove = defineRoute({
    method: 'DELETE',
    path: '/api/v1/collections/:id',
    may: 'write',
    summary: 'Delete a collection',
    params: byId,
    answers: { 200: { description: 'deleted', schema: z.strictObject({ deleted: z.boolean() }) } },
    problems: ['unknown-collection'],
    async handle({ params }) {
      if (!(await collections.delete(params.id))) throw unknown(params.id);
      return { deleted: true };
    },
  });
  return [list, save, restore, get, exported, edit, comments, remove];
}

function summaryOf({ id, title, metrics, from, until, notes, comments, updated }: Collection) {
  return { id, title, metrics, from, until, notes, comments, updated };
}

function viewOf(collection: Collection) {
  const series = collection.series.map(({ metric, timestamps, values }) => ({ metric, timestamps: Array.from(timestamps), values: Array.from(values) }));
  return { ...summaryOf(collection), series };
}
