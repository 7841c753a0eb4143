import { isSkylarkError, type Clock } from '@skylark/core';
import { connectElastic, type ElasticConnection } from '../elasticsearch/elastic-connection.js';
import { createIndexCounters } from '../elasticsearch/index-counters.js';
import { type IndexNames, indexNames } from '../elasticsearch/index-names.js';
import { numberAt, objectAt, textAt, type JsonObject } from '../elasticsearch/replies.js';
import { hasVectors, noVectors, productOf } from '../elasticsearch/server-capabilities.js';
import { fine, type ServerFinding, unreachable, wrong } from './server-finding.js';

export interface ExamineElasticsearchOptions {
  readonly node: string;
  readonly prefix?: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** Looks at an Elasticsearch (or OpenSearch) as Skylark would use it. Changes nothing. Never rejects. */
export async function examineElasticsearch({ node, prefix = 'skylark', clock, timeoutMs = 5000 }: ExamineElasticsearchOptions): Promise<ServerFinding[]> {
  const where = URL.canParse(node) ? new URL(node).host : 'elasticsearch.node';
  try {
    const connection = await connectElastic({ node, clock, counters: createIndexCounters(), requestTimeoutMs: timeoutMs });
    try {
      const names = indexNames(prefix);
      const findings = [await health(connection), await versions(connection, names), ...(await disks(connection)), await blocks(connection, names), await templates(connection, names), ...(await mappings(connection, names))];
      return [fine('elasticsearch', `${where} answers`), ...findings];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [unreachable('elasticsearch', `${where} does not answer: ${isSkylarkError(error) ? error.detail : String(error)}; start it, or set elasticsearch.node. Meanwhile anomalies wait in the log, and none is lost`)];
  }
}

const get = async (connection: ElasticConnection, path: string, accept: readonly number[] = []): Promise<JsonObject> => (await connection.request({ method: 'GET', path, accept })).body;

async function health(connection: ElasticConnection): Promise<ServerFinding> {
  const body = await get(connection, '/_cluster/health');
  const [status, nodes] = [textAt(body, 'status'), numberAt(body, 'number_of_nodes') ?? 1];
  if (status === 'red') return wrong('elasticsearch health', `red: ${numberAt(body, 'unassigned_primary_shards') ?? 'some'} primary shards have no node; see _cluster/allocation/explain`);
  if (status === 'yellow' && nodes > 1) return wrong('elasticsearch health', `yellow with ${nodes} nodes: copies find no node; see _cluster/allocation/explain`);
  return fine('elasticsearch health', `${status ?? 'unknown'}, ${nodes} node${nodes === 1 ? '' : 's'}${nodes === 1 ? ': no copy anywhere else' : ''}`);
}

async function versions(connection: ElasticConnection, names: IndexNames): Promise<ServerFinding> {
  const { product, versions: found } = await productOf(connection);
  const [oldest = '?'] = found;
  const text = found.join(', ') || 'unknown: it may not be asked';
  if (found.length > 1) return fine('elasticsearch version', `${product} ${text}: finish the upgrade`);
  const [major = 9, minor = 0] = oldest.split('.').map(Number);
  if (product === 'Elasticsearch' && (major < 7 || (major === 7 && minor < 10))) return wrong('elasticsearch version', `${text} is too old; install 9 (7.10 is the oldest that works)`);
  return fine('elasticsearch version', `${product} ${text}${await hasVectors(connection, names) ? '' : `; ${noVectors}`}`);
}

/** Of each node's disk what is free, against the marks at which Elasticsearch stops placing, moves away, and refuses writes. */
async function disks(connection: ElasticConnection): Promise<ServerFinding[]> {
  const nodes = Object.values(objectAt(await get(connection, '/_nodes/stats/fs'), 'nodes'));
  const settings = await get(connection, '/_cluster/settings?include_defaults=true&flat_settings=true');
  const setting = (name: string): string | null => ['transient', 'persistent', 'defaults'].map((part) => textAt(objectAt(settings, part), `cluster.routing.allocation.disk.${name}`)).find((text) => text !== null) ?? null;
  const high = setting('watermark.high') ?? '90%';
  const guarded = setting('threshold_enabled') !== 'false';
  return nodes.map((node) => {
    const total = objectAt(objectAt(node, 'fs'), 'total');
    const [size, free] = [numberAt(total, 'total_in_bytes') ?? 0, numberAt(total, 'available_in_bytes') ?? 0];
    const text = `${(free / 2 ** 30).toFixed(1)} of ${(size / 2 ** 30).toFixed(1)} GiB free on ${textAt(node, 'name') ?? 'a node'}`;
    if (isBeyond(high, size, free)) return wrong('elasticsearch disk', `${text}: beyond the high watermark (${high}) copies move away, at the flood stage writing stops; make room or add a node`);
    return fine('elasticsearch disk', guarded ? text : `${text}; cluster.routing.allocation.disk.threshold_enabled is false: nothing stops it from filling up`);
  });
}

/** A watermark is a used share (`90%`, `0.9`) or free bytes (`10gb`). */
function isBeyond(mark: string, size: number, free: number): boolean {
  const share = /^([\d.]+)%$/.exec(mark)?.[1];
  if (share !== undefined) return size > 0 && 1 - free / size > Number(share) / 100;
  const [, amount = '0', unit = 'b'] = /^([\d.]+)(b|kb|mb|gb|tb)$/i.exec(mark) ?? [];
  const factor = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 }[unit.toLowerCase()] ?? 1;
  return free < Number(amount) * factor;
}

async function blocks(connection: ElasticConnection, names: IndexNames): Promise<ServerFinding> {
  const name = 'index.blocks.read_only_allow_delete';
  const body = await get(connection, `/${names.pattern}/_settings/${name}?flat_settings=true`, [404]);
  const blocked = Object.entries(body).filter(([, entry]) => objectAt(entry, 'settings')[name] === 'true').map(([index]) => index);
  return blocked.length === 0 ? fine('elasticsearch blocks', 'none') : wrong('elasticsearch blocks', `${blocked.join(', ')}: read-only since the disk was at the flood stage; make room, then it goes away by itself`);
}

async function templates(connection: ElasticConnection, names: IndexNames): Promise<ServerFinding> {
  const body = await get(connection, `/_index_template/${names.prefix}-*`, [404]);
  const all = Array.isArray(body['index_templates']) ? (body['index_templates'] as JsonObject[]) : [];
  const ours = all.filter((one) => textAt(objectAt(objectAt(one, 'index_template'), '_meta'), 'managed_by') === 'skylark');
  if (all.length === 0) return fine('elasticsearch templates', 'none yet: made with the first anomaly');
  if (ours.length < all.length) return wrong('elasticsearch templates', `${all.length - ours.length} under ${names.prefix}-* are not Skylark's; rename them, or set elasticsearch.prefix`);
  return fine('elasticsearch templates', ours.map((one) => textAt(one, 'name') ?? '?').join(', '));
}

/** An index of ours that was made by guessing (its template was missing) takes anything and finds nothing. */
async function mappings(connection: ElasticConnection, names: IndexNames): Promise<ServerFinding[]> {
  const body = await get(connection, `/${names.pattern}/_mapping`, [404]);
  const indices = Object.entries(body).filter(([index]) => names.parse(index) !== null);
  const loose = indices.filter(([, entry]) => textAt(objectAt(entry, 'mappings'), 'dynamic') !== 'strict').map(([index]) => index);
  if (loose.length > 0) return [wrong('elasticsearch mapping', `${loose.join(', ')} is not strict: not made by Skylark's template, so that nothing in it is found; delete it`)];
  return [fine('elasticsearch mapping', indices.length === 0 ? 'no index yet' : `${indices.length} indices, strict`)];
}
