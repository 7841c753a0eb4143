import { SkylarkError, type Logger } from '@skylark/core';
import type { ElasticConnection, ElasticReply } from './elastic-connection.js';
import type { IndexNames } from './index-names.js';
import { shapeMapping } from './index-template.js';
import { isObject, listAt, objectAt, reasonIn, textAt, type JsonObject } from './replies.js';

/** What the server at the address is, and what it can do that not every one can. */
export interface ServerCapabilities {
  readonly product: 'Elasticsearch' | 'OpenSearch';
  /** Of the oldest node; `unknown` where nobody may ask. */
  readonly version: string;
  /** It has `dense_vector` as we use it. Else candidates by vector are found by reading all shapes, exactly. */
  readonly vectors: boolean;
}

/** The one place that tells distributions apart. */
export interface CapabilityProbe {
  /** Asked of the server once, with the first call that needs it. @throws SkylarkError `index-away` */
  find(): Promise<ServerCapabilities>;
  /** What is known already; null before the first answer. */
  known(): ServerCapabilities | null;
  /** There may be another server behind the address by now. */
  forget(): void;
}

export interface CapabilityProbeOptions {
  readonly connection: ElasticConnection;
  readonly names: IndexNames;
  readonly logger: Logger;
}

export function createCapabilityProbe({ connection, names, logger }: CapabilityProbeOptions): CapabilityProbe {
  let known: ServerCapabilities | null = null;
  let asking: Promise<ServerCapabilities> | null = null;
  async function ask(): Promise<ServerCapabilities> {
    const { product, versions: [version = 'unknown'] } = await productOf(connection);
    const found = { product, version, vectors: await hasVectors(connection, names) };
    logger.info('index.server', { ...found, ...(!found.vectors && { candidates: noVectors }) });
    return (known = found);
  }
  return {
    find: async () => known ?? (asking ??= ask().finally(() => (asking = null))),
    known: () => known,
    forget: () => void (known = null),
  };
}

/** Of a server without `dense_vector`. */
export const noVectors = 'no dense_vector: candidates by vector are found by reading all shapes (exact, slower); by fingerprint as everywhere';

/**
 * OpenSearch's nodes may be cluster managers, Elasticsearch's masters. `GET /` would say it too, but is not everywhere.
 *
 * @returns versions oldest first; none where nobody may ask
 */
export async function productOf(connection: ElasticConnection): Promise<{ product: ServerCapabilities['product']; versions: string[] }> {
  const { body } = await connection.request({ method: 'GET', path: '/_nodes/_all/http', query: { filter_path: 'nodes.*.version,nodes.*.roles' }, accept: [401, 403, 404] });
  const nodes = Object.values(objectAt(body, 'nodes')).filter(isObject);
  const versions = [...new Set(nodes.flatMap((node) => textAt(node, 'version') ?? []))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  // 1.x, which still said master, is the only one of such a number.
  const isOpenSearch = versions[0]?.startsWith('1.') === true || nodes.some((node) => listAt(node, 'roles')?.includes('cluster_manager'));
  return { product: isOpenSearch ? 'OpenSearch' : 'Elasticsearch', versions };
}

/** Has the server compose our mapping, which changes nothing: first with vectors, then without. */
export async function hasVectors(connection: ElasticConnection, names: IndexNames): Promise<boolean> {
  const simulate = (vectors: boolean): Promise<ElasticReply> => connection.request({ method: 'POST', path: '/_index_template/_simulate', body: probeTemplate(names, vectors), accept: [400] });
  if ((await simulate(true)).status !== 400) return true;
  const { status, body } = await simulate(false);
  if (status === 400) throw new SkylarkError('index-away', `the server refuses our mapping: ${reasonIn(body['error']).slice(0, 300)}`);
  return false;
}

const probeTemplate = (names: IndexNames, vectors: boolean): JsonObject => ({ index_patterns: [`${names.prefix}-probe-*`], priority: 201, template: { mappings: shapeMapping(vectors) } });
