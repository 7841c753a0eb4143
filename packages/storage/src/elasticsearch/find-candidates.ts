import { SkylarkError, type CandidateQuery, type ShapeDocument } from '@skylark/core';
import { fromSource, searchVector, storedFields, toVector } from './document-source.js';
import { RefusedError, type ElasticConnection, type ElasticReply } from './elastic-connection.js';
import type { IndexCounters } from './index-counters.js';
import { listAt, objectAt, textAt, type JsonObject } from './replies.js';
import type { CapabilityProbe } from './server-capabilities.js';

/** Documents of one reply: bounds memory, whatever limit was asked for. */
const pageSize = 256;
/** Elasticsearch's own bound for what is ranked rather than sorted by id. */
const mostRanked = 10_000;
/** Ids and vectors of one reply, where vectors are compared here; between two replies the server keeps its place. */
const scanSize = 10_000;
const scrollFor = '1m';

export interface CandidateSearch {
  readonly connection: ElasticConnection;
  readonly counters: IndexCounters;
  readonly capabilities: Pick<CapabilityProbe, 'find'>;
}

/** Pauses before a search is repeated that met an index which was just being made or replaced. */
const repeatAfterMs = [30, 100, 300] as const;

/** One search through an alias; an alias that is not there has no documents. Part of an answer is none: `index-away`. */
export async function search(connection: ElasticConnection, alias: string, body: JsonObject): Promise<readonly unknown[]> {
  const query = { ignore_unavailable: true, allow_partial_search_results: false };
  const reply = await repeated(connection, () => connection.request({ method: 'POST', path: `/${alias}/_search`, query, body: { track_total_hits: false, ...body } }));
  return hitsOf(reply.body, alias);
}

async function repeated(connection: ElasticConnection, ask: () => Promise<ElasticReply>): Promise<ElasticReply> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const pause = repeatAfterMs[attempt];
      if (pause === undefined || !(error instanceof RefusedError) || (error.status !== 503 && error.status !== 404)) throw error;
      await connection.pause(pause);
    }
  }
}

function hitsOf(reply: JsonObject, alias: string): readonly unknown[] {
  const hits = listAt(objectAt(reply, 'hits'), 'hits');
  if (!hits) throw new SkylarkError('index-away', `garbage: the reply to a search of ${alias} has no hits`);
  return hits;
}

/** Candidates behind an alias: by all and by metric in the order of ids, after one; by fingerprint and vector nearest first. At most `limit`. */
export async function findCandidates(where: CandidateSearch, alias: string, query: CandidateQuery, { limit, after }: { limit: number; after?: string }): Promise<ShapeDocument[]> {
  if (limit <= 0) return [];
  switch (query.by) {
    case 'all': return byId(where, alias, { match_all: {} }, { limit, after });
    case 'metric': return byId(where, alias, { term: { metric: query.metric } }, { limit, after });
    case 'fingerprint': return byFingerprint(where, alias, query, limit);
    case 'vector': return (await where.capabilities.find()).vectors ? byVector(where, alias, query.vector, limit) : byScan(where, alias, query.vector, limit);
  }
}

async function byId({ connection, counters }: CandidateSearch, alias: string, query: JsonObject, { limit, after }: { limit: number; after: string | undefined }): Promise<ShapeDocument[]> {
  const found: ShapeDocument[] = [];
  let last = after;
  while (found.length < limit) {
    const size = Math.min(pageSize, limit - found.length);
    const hits = await search(connection, alias, { query, size, sort: [{ id: 'asc' }], _source: storedFields, ...(last !== undefined && { search_after: [last] }) });
    found.push(...documentsOf(hits, counters));
    last = textAt(hits.at(-1), '_id') ?? last;
    if (hits.length < size) break;
  }
  return found;
}

/** Lucene's sloppy phrase: the tighter the words stand, the higher the score. */
async function byFingerprint({ connection, counters }: CandidateSearch, alias: string, { fingerprint, slop }: { fingerprint: string; slop: number }, limit: number): Promise<ShapeDocument[]> {
  if (fingerprint.trim() === '') return [];
  const query = { match_phrase: { fingerprint: { query: fingerprint, slop } } };
  return documentsOf(await search(connection, alias, { query, size: Math.min(limit, mostRanked), sort: [{ _score: 'desc' }, { id: 'asc' }], _source: storedFields }), counters);
}

async function byVector({ connection, counters }: CandidateSearch, alias: string, vector: Float32Array, limit: number): Promise<ShapeDocument[]> {
  const k = Math.min(limit, mostRanked);
  const knn = { field: 'vector', query_vector: searchVector(vector), k, num_candidates: Math.min(mostRanked, Math.max(k, 100)) };
  return documentsOf(await search(connection, alias, { knn, size: k, _source: storedFields }), counters);
}

/** Reads every shape, keeps the nearest, then reads these whole. */
async function byScan(where: CandidateSearch, alias: string, vector: Float32Array, limit: number): Promise<ShapeDocument[]> {
  const near: { id: string; distance: number }[] = [];
  const most = Math.min(limit, mostRanked);
  let farthest = Infinity;
  for await (const hits of scan(where.connection, alias)) {
    for (const hit of hits) {
      const [text] = listAt(objectAt(hit, 'fields'), 'shape') ?? [];
      const shape = toVector(typeof text === 'string' ? text : '');
      const distance = shape ? squaredDistance(vector, shape) : Infinity;
      if (distance < farthest) near.push({ id: textAt(hit, '_id') ?? '', distance });
    }
    near.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1)).splice(most);
    if (near.length === most) farthest = near.at(-1)!.distance;
  }
  const found = new Map<string, ShapeDocument>();
  for (let at = 0; at < near.length; at += pageSize) {
    const values = near.slice(at, at + pageSize).map(({ id }) => id);
    const hits = await search(where.connection, alias, { query: { ids: { values } }, size: values.length, _source: storedFields });
    for (const document of documentsOf(hits, where.counters)) found.set(document.id, document);
  }
  return near.flatMap(({ id }) => found.get(id) ?? []);
}

/** Every document's shape, in whatever order costs least; the whole reads the index as it was at the beginning. */
async function* scan(connection: ElasticConnection, alias: string): AsyncGenerator<readonly unknown[]> {
  const scroll = scrollFor;
  const query = { ignore_unavailable: true, allow_partial_search_results: false, scroll };
  const body = { size: scanSize, sort: ['_doc'], _source: false, docvalue_fields: ['shape'] };
  let { body: reply } = await repeated(connection, () => connection.request({ method: 'POST', path: `/${alias}/_search`, query, body }));
  try {
    for (let hits = hitsOf(reply, alias); hits.length > 0; hits = hitsOf(reply, alias)) {
      yield hits;
      ({ body: reply } = await connection.request({ method: 'POST', path: '/_search/scroll', body: { scroll, scroll_id: textAt(reply, '_scroll_id') } }));
    }
  } finally {
    // Best effort: it goes by itself after a minute.
    const id = textAt(reply, '_scroll_id');
    if (id !== null) await connection.request({ method: 'DELETE', path: '/_search/scroll', body: { scroll_id: [id] }, accept: [404] }).catch(() => undefined);
  }
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

/** What cannot be read is left out and counted: others may write to an index, too. */
export function documentsOf(hits: readonly unknown[], counters: IndexCounters): ShapeDocument[] {
  return hits.flatMap((hit) => {
    const document = fromSource(objectAt(hit, '_source'));
    if (!document) counters.unreadable();
    return document ?? [];
  });
}
