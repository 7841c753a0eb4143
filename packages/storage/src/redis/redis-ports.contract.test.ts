import { randomUUID } from 'node:crypto';
import type { Backend } from '@skylark/core';
import { beforeEach } from 'vitest';
import { anomalyLogContract } from '../../contract/anomaly-log-contract.js';
import { keepingLogger, movableClock, type MakeBackend } from '../../contract/backend-under-test.js';
import { collectionStoreContract } from '../../contract/collection-store-contract.js';
import { snapshotStoreContract } from '../../contract/snapshot-store-contract.js';
import { stateStoreContract } from '../../contract/state-store-contract.js';
import { workQueueContract } from '../../contract/work-queue-contract.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { openRedisConnection } from './connection/redis-connection.js';
import { openRedisPorts } from './open-redis-ports.js';

let url = '';
beforeEach(async (test) => {
  url ||= await sharedServer('redis', test);
});

/** These run where there is a Redis and no Elasticsearch, too. */
const makePorts: MakeBackend = async ({ clock = movableClock() } = {}) => {
  const prefix = `t-${randomUUID()}`;
  const logger = keepingLogger();
  const opened: Backend[] = [];
  const open = async (): Promise<Backend> => {
    const connection = await openRedisConnection({ settings: { url, ack: 'local', prefix }, clock, logger });
    const ports = openRedisPorts({ connection, clock, logger, process: randomUUID() });
    const backend = { ...ports, close: async () => { await ports.close(); await connection.close(); } } as unknown as Backend;
    opened.push(backend);
    return backend;
  };
  const closeAll = async (): Promise<void> => void (await Promise.all(opened.splice(0).map((one) => one.close())));
  return { backend: await open(), another: open, reopen: async () => { await closeAll(); return open(); }, end: closeAll };
};

anomalyLogContract(makePorts);
collectionStoreContract(makePorts);
workQueueContract(makePorts);
stateStoreContract(makePorts);
snapshotStoreContract(makePorts);
