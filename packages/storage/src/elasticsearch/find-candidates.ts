import { SkylarkError, type CandidateQuery, type ShapeDocument } from '@skylark/core';
import { fromSource, searchVector, storedFields, toVector } from './document-source.js';
import { RefusedError, type ElasticConnection } from './elastic-connection.js';
import type { IndexCounters } from './index-counters.js';
import { listAt, objectAt, textAt, type JsonObject } from './replies.js';
import type { CapabilityProbe } from './server-capabilities.js';

/** Documents of one reply: bounds memory, whatever limit was asked for. */
const pageSize = 256;
/** Elasticsearch's own bound for what is ranked rather than sorted by id. */
const mostRanked = 10_000;
/** Ids and vectors of one reply, where vectors are compared here. */
const scanSize = 2000;

export interface CandidateSearch {
  readonly connection: ElasticConnection;
  readonly counters: IndexCounters;
  readonly capabilities: Pick<CapabilityProbe, 'find'>;
}

/** Pauses before a search is repeated that met an index which was just being made or replaced. */
const repeatAfterMs = [30, 100, 300] as const;

/** One search through an alias; an alias that is not there has no documents. Part of an answer is none: `index-away`. */
export async function search(connection: ElasticConnection, alias: string, body: JsonObject): Promise<readonly unknown[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await searchOnce(connection, alias, body);
    } catch (error) {
      const pause = repeatAfterMs[attempt];
      if (pause === undefined || !(error instanceof RefusedError) || (error.status !== 503 && error.status !== 404)) throw error;
      await connection.pause(pause);
    }
  }
}

async function searchOnce(connection: ElasticConnection, alias: string, body: JsonObject): Promise<readonly unknown[]> {
  const query = { ignore_unavailable: true, allow_partial_search_results: false };
  const reply = await connection.request({ method: 'POST', path: `/${alias}/_search`, query, body: { track_total_hits: false, ...body } });
  const hits = listAt(objectAt(reply.body, 'hits'), 'hits');
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
  let last: string | undefined;
  for (let hits: readonly unknown[] | null = null; hits === null || hits.length === scanSize;) {
    hits = await search(where.connection, alias, { query: { match_all: {} }, size: scanSize, sort: [{ id: 'asc' }], _source: ['shape'], ...(last !== undefined && { search_after: [last] }) });
    for (const hit of hits) {
      const shape = toVector(textAt(objectAt(hit, '_source'), 'shape') ?? '');
      if (shape) near.push({ id: textAt(hit, '_id') ?? '', distance: squaredDistance(vector, shape) });
    }
    near.sort((a, b) => a.distance - b.distance).splice(Math.min(limit, mostRanked));
    last = textAt(hits.at(-1), '_id') ?? last;
  }
  const whole = await search(where.connection, alias, { query: { ids: { values: near.map(({ id }) => id) } }, size: Math.max(1, near.length), _source: storedFields });
  const documents = new Map(documentsOf(whole, where.counters).map((document) => [document.id, document]));
  return near.flatMap(({ id }) => documents.get(id) ?? []);
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
