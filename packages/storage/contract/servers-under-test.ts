import { randomUUID } from 'node:crypto';
import type { Backend } from '@skylark/core';
import { removePrefix } from '../../../test/servers/elasticsearch/remove-prefix.js';
import type { RedisSettings } from '../src/redis/connection/redis-settings.js';
import { openServers } from '../src/servers/open-servers.js';
import { movableClock, keepingLogger, type MakeBackend } from './backend-under-test.js';

export interface TestServers {
  readonly redis: Omit<RedisSettings, 'prefix'>;
  /** Elasticsearch's address. */
  readonly elasticsearch: string;
}

/** Stores on real servers, each under a prefix of its own, so that many tests share a server. */
export function makeServersBackend(find: () => Promise<TestServers>): MakeBackend {
  return async ({ retentionSeconds = null, clock = movableClock() } = {}) => {
    const { redis, elasticsearch } = await find();
    const prefix = `t-${randomUUID()}`;
    const logger = keepingLogger();
    const opened: Backend[] = [];
    const open = async (): Promise<Backend> => {
      const backend = await openServers({ redis: { ...redis, prefix }, elasticsearch: { node: elasticsearch, prefix }, retentionSeconds, clock, logger, shards: 8 });
      opened.push(backend);
      return backend;
    };
    const closeAll = async (): Promise<void> => void (await Promise.all(opened.splice(0).map((backend) => backend.close())));
    return {
      backend: await open(),
      another: open,
      reopen: async () => {
        await closeAll();
        return open();
      },
      end: async () => {
        await closeAll();
        await removePrefix(elasticsearch, prefix);
      },
    };
  };
}
