import type { Backend, Clock, Logger } from '@skylark/core';
import type { Config } from '../config/settings.js';

export type StoreKind = 'embedded' | 'servers';

export interface StoreOptions {
  readonly kind: StoreKind;
  /** Of the embedded store. */
  readonly folder: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this thread opens the folder for the process, or joins one that did. With servers every thread is a client like any other. */
  readonly role: 'owner' | 'thread';
}

export interface OpenedStore {
  readonly backend: Backend;
  /** What slots and leases go by: with servers one clock for all machines. */
  readonly clock: Clock;
}

/**
 * Opens the store a process was told to use; only that one's clients are loaded.
 *
 * @throws SkylarkError `store-in-use`, `store-corrupt`, `store-newer`; with servers `store-away`, `bad-config`
 */
export async function openStore({ kind, folder, config, clock, logger, role }: StoreOptions): Promise<OpenedStore> {
  const common = { retentionSeconds: config['store.retention'], shards: config['store.shards'], clock, logger };
  if (kind === 'embedded') {
    const { openEmbedded } = await import('@skylark/storage/embedded');
    return { backend: await openEmbedded({ ...common, folder, role }), clock };
  }
  const { openServers } = await import('@skylark/storage/servers');
  const backend = await openServers({ ...common, redis: redisSettings(config), elasticsearch: elasticsearchSettings(config) });
  return { backend, clock: backend.clock };
}

/** Where Redis is; a bare `--backend servers` means the one on this machine. */
export function redisSettings(config: Config) {
  const [cluster, sentinels] = [config['redis.cluster'], config['redis.sentinels']];
  const isElsewhere = cluster.length > 0 || sentinels.length > 0;
  return {
    url: config['redis.url'] ?? (isElsewhere ? undefined : 'redis://127.0.0.1:6379'),
    cluster,
    sentinels,
    sentinelName: config['redis.sentinelName'],
    ack: config['redis.ack'],
    prefix: config['redis.prefix'],
  };
}

export function elasticsearchSettings(config: Config) {
  return { node: config['elasticsearch.node'] ?? 'http://127.0.0.1:9200', prefix: config['elasticsearch.prefix'] };
}
