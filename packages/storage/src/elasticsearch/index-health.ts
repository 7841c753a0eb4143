import { isSkylarkError, type HealthCheck } from '@skylark/core';
import type { ElasticConnection } from './elastic-connection.js';
import type { IndexNames } from './index-names.js';
import { numberAt, objectAt, textAt } from './replies.js';
import { noVectors, type CapabilityProbe } from './server-capabilities.js';

const timeoutMs = 3000;
const floodStage = 'index.blocks.read_only_allow_delete';

export interface IndexHealthOptions {
  readonly connection: ElasticConnection;
  readonly names: IndexNames;
  readonly capabilities: Pick<CapabilityProbe, 'known'>;
}

/** The line `index` of /readyz. Yellow is fine (a copy has no node yet), red is not; a disk over its flood stage is named. Never rejects. */
export async function indexHealth({ connection, names, capabilities }: IndexHealthOptions): Promise<HealthCheck[]> {
  const line = (ok: boolean, reason?: string): HealthCheck[] => [{ name: 'index', ok, ...(reason !== undefined && { reason }) }];
  try {
    const { body } = await connection.request({ method: 'GET', path: `/_cluster/health/${names.pattern}`, query: { timeout: '2s' }, timeoutMs, accept: [408] });
    const status = textAt(body, 'status');
    if (status === null) return line(false, 'the server at elasticsearch.node does not answer as Elasticsearch');
    if (status === 'red') return line(false, `red: ${numberAt(body, 'unassigned_primary_shards') ?? 'some'} primary shards are not assigned`);
    const blocked = await blockedIndices(connection, names);
    if (blocked.length > 0) return line(false, `flood stage: the disk of Elasticsearch is full, ${blocked.join(', ')} is read-only (${floodStage}); free space, then writing resumes by itself`);
    const server = capabilities.known();
    const remarks = [...(status === 'yellow' ? ['yellow: a copy of an index has no node yet'] : []), ...(server?.vectors === false ? [`${server.product} ${server.version} has ${noVectors}`] : [])];
    return line(true, remarks.join('; ') || undefined);
  } catch (error) {
    return line(false, isSkylarkError(error) ? `${error.code}: ${error.detail}` : String(error));
  }
}

async function blockedIndices(connection: ElasticConnection, names: IndexNames): Promise<string[]> {
  const { body } = await connection.request({ method: 'GET', path: `/${names.pattern}/_settings/${floodStage}`, query: { flat_settings: true }, timeoutMs, accept: [404] });
  return Object.entries(body).filter(([, entry]) => objectAt(entry, 'settings')[floodStage] === 'true').map(([index]) => index);
}
