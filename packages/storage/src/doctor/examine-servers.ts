import type { Clock } from '@skylark/core';
import type { RedisSettings } from '../redis/connection/redis-settings.js';
import { examineElasticsearch } from './examine-elasticsearch.js';
import { examineRedis } from './examine-redis.js';
import type { ServerFinding } from './server-finding.js';

export interface ExamineOptions {
  readonly redis: RedisSettings;
  readonly elasticsearch: { readonly node: string; readonly prefix?: string };
  readonly clock: Clock;
}

/**
 * Looks at both servers as the backend `servers` would use them, and says of each thing what it is and what to change. Changes nothing, never rejects; some seconds at most.
 *
 * @example await examineServers({ redis: { url, ack: 'local' }, elasticsearch: { node }, clock }) // [{ check: 'redis maxmemory-policy', ok: false, message: 'allkeys-lru: ...' }, ...]
 */
export async function examineServers({ redis, elasticsearch, clock }: ExamineOptions): Promise<ServerFinding[]> {
  const findings = await Promise.all([examineRedis({ settings: redis, clock }), examineElasticsearch({ ...elasticsearch, clock })]);
  return findings.flat();
}
