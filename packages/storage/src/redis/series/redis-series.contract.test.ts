import { randomUUID } from 'node:crypto';
import type { Backend } from '@skylark/core';
import { beforeEach } from 'vitest';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { keepingLogger, movableClock, type MakeBackend } from '../../../contract/backend-under-test.js';
import { seriesStoreContract } from '../../../contract/series-store-contract.js';
import { openRedisConnection, type RedisConnection } from '../connection/redis-connection.js';
import { openRedisSeries } from './open-redis-series.js';

let url = '';
beforeEach(async (test) => {
  url = await sharedServer('redis', test);
});

/** One store, under a prefix of its own; its clients each have a connection. The suite looks at `series` alone. */
const makeRedis: MakeBackend = async ({ retentionSeconds = null, clock = movableClock() } = {}) => {
  const prefix = `series-${randomUUID()}`;
  const opened: RedisConnection[] = [];
  const open = async (): Promise<Backend> => {
    const connection = await openRedisConnection({ settings: { url, ack: 'local', prefix }, clock, logger: keepingLogger() });
    opened.push(connection);
    return { ...(await openRedisSeries({ connection, retentionSeconds, clock, logger: keepingLogger(), shards: 8 })) } as unknown as Backend;
  };
  const closeAll = async (): Promise<void> => {
    for (const connection of opened.splice(0)) await connection.close();
  };
  return {
    backend: await open(),
    another: open,
    async reopen() {
      await closeAll();
      return open();
    },
    async end() {
      const connection = opened[0] ?? (await openRedisConnection({ settings: { url, ack: 'local', prefix }, clock, logger: keepingLogger() }));
      await connection.read(async (client) => {
        const keys = await client.keys(`${prefix}:*`);
        if (keys.length > 0) await client.unlink(...keys);
      });
      await closeAll();
      await connection.close();
    },
  };
};

seriesStoreContract(makeRedis);
