import type { Anomaly, AnomalyPage, AnomalyQuery } from '@skylark/core';
import { byScore, matchesQuery, pageOf, parsePageCursor, toPageCursor, wholeAnomaly, type AnomalyHead } from '../../rules/anomaly-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { startingWith } from '../state/state-store.js';
import type { LogKeys } from './log-keys.js';
import { pageLua } from './log-scripts.js';
import { parseHead, unpackStored } from './stored-log.js';

/** Ids a command asks for at once. */
const sliceLength = 2000;

/** Finds by an index, looks at the heads alone, and reads whole what is on the page. */
export async function queryAnomalies(connection: RedisConnection, keys: LogKeys, query: AnomalyQuery): Promise<AnomalyPage> {
  const { total, ids, nextCursor } = (await pageByScore(connection, keys, query)) ?? (await pageByHeads(connection, keys, query));
  return { total, anomalies: await readWhole(connection, keys, ids), ...(nextCursor !== undefined && { nextCursor }) };
}

interface IdPage {
  readonly total: number;
  readonly ids: readonly string[];
  readonly nextCursor?: string;
}

async function pageByHeads(connection: RedisConnection, keys: LogKeys, query: AnomalyQuery): Promise<IdPage> {
  const heads = await readHeads(connection, keys, await candidateIds(connection, keys, query));
  const { total, anomalies, nextCursor } = pageOf(heads.filter((head) => matchesQuery(head, query)).sort(byScore), query);
  return { total, ids: anomalies.map(({ id }) => id), ...(nextCursor !== undefined && { nextCursor }) };
}

/** What only asks for a state and a least score is a range of a sorted set. null: it asks for more, or its cursor points at what has changed. */
async function pageByScore(connection: RedisConnection, keys: LogKeys, { state = 'all', minScore, cursor, limit, metric, matches, from, until }: AnomalyQuery): Promise<IdPage | null> {
  if (metric !== undefined || matches !== undefined || from !== undefined || until !== undefined) return null;
  const last = cursor === undefined ? null : parsePageCursor(cursor);
  const set = { all: keys.scores, open: keys.open, closed: keys.closed }[state];
  const least = minScore === undefined ? '+inf' : -minScore;
  const found = (await connection.read((client) => client.eval(pageLua, 1, set, least, last === null ? '' : -last.score, last?.id ?? '', limit))) as [number, number, string[]] | null;
  if (found === null) return null;
  const [total, start, ids] = found;
  const end = ids.at(-1);
  if (end === undefined || start + ids.length >= total) return { total, ids };
  const score = await connection.read((client) => client.zscore(set, end));
  return { total, ids, ...(score !== null && { nextCursor: toPageCursor({ score: -Number(score), id: end }) }) };
}

/** By the index that leaves the fewest: none of those left out matches. */
async function candidateIds(connection: RedisConnection, keys: LogKeys, { state, metric, minScore, from }: AnomalyQuery): Promise<string[]> {
  if (metric !== undefined) return idsOfMetric(connection, keys, metric);
  const least = minScore === undefined ? '+inf' : String(-minScore);
  if (state === 'open') return connection.read((client) => client.zrangebyscore(keys.open, '-inf', least));
  if (from === undefined) return connection.read((client) => client.zrangebyscore(keys.scores, '-inf', least));
  const closed = await connection.read((client) => client.zrangebyscore(keys.ends, String(from), '+inf'));
  return state === 'closed' ? closed : [...new Set([...closed, ...await connection.read((client) => client.zrange(keys.open, '0', '-1'))])];
}

async function idsOfMetric(connection: RedisConnection, keys: LogKeys, metric: string): Promise<string[]> {
  const prefix = `${metric}\u0000`;
  return (await connection.read((client) => client.zrangebylex(keys.metrics, ...startingWith(prefix)))).map((member) => member.slice(prefix.length));
}

async function readHeads(connection: RedisConnection, keys: LogKeys, ids: readonly string[]): Promise<AnomalyHead[]> {
  const heads: AnomalyHead[] = [];
  for (let i = 0; i < ids.length; i += sliceLength) {
    const slice = ids.slice(i, i + sliceLength);
    const found = await connection.read((client) => client.hmget(keys.heads, ...slice));
    slice.forEach((id, j) => {
      const head = found[j];
      if (typeof head === 'string') heads.push(parseHead(id, head));
    });
  }
  return heads;
}

async function readWhole(connection: RedisConnection, keys: LogKeys, ids: readonly string[]): Promise<Anomaly[]> {
  const anomalies: Anomaly[] = [];
  for (let i = 0; i < ids.length; i += sliceLength) {
    const slice = ids.slice(i, i + sliceLength);
    const [findings, remarks] = await connection.read((client) => Promise.all([client.hmgetBuffer(keys.findings, ...slice), client.hmgetBuffer(keys.remarks, ...slice)]));
    slice.forEach((id, j) => {
      const finding = findings[j];
      if (finding) anomalies.push(wholeAnomaly(unpackStored(id, finding, remarks[j] ?? null)));
    });
  }
  return anomalies;
}

/** What a removal is about, with the metric of each; the script looks again at what may have changed. */
export async function selectForRemoval(connection: RedisConnection, keys: LogKeys, selection: { metrics: readonly string[] } | { endedBefore: number }): Promise<{ id: string; metric: string }[]> {
  if ('endedBefore' in selection) return readHeads(connection, keys, await connection.read((client) => client.zrangebyscore(keys.ends, '-inf', `(${selection.endedBefore}`)));
  const found: { id: string; metric: string }[] = [];
  for (const metric of new Set(selection.metrics)) for (const id of await idsOfMetric(connection, keys, metric)) found.push({ id, metric });
  return found;
}
