import type { Clock } from '@skylark/core';
import type { Config } from '../config/settings.js';
import { elasticsearchSettings, redisSettings } from '../up/open-store.js';
import type { Finding } from './finding.js';

/** Whether somebody set where the servers are. */
export function namesServers(isSet: (name: keyof Config) => boolean): boolean {
  return (['redis.url', 'redis.cluster', 'redis.sentinels', 'elasticsearch.node'] as const).some(isSet);
}

/** Redis and Elasticsearch, as the settings name them. */
export async function checkServers(config: Config, clock: Clock): Promise<Finding[]> {
  const { examineServers } = await import('@skylark/storage/servers');
  return examineServers({ redis: redisSettings(config), elasticsearch: elasticsearchSettings(config), clock });
}
