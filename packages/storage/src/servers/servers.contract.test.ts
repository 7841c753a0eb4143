import { beforeEach } from 'vitest';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { contractSuites } from '../../contract/contract-suites.js';
import { makeServersBackend, type TestServers } from '../../contract/servers-under-test.js';

let servers: TestServers | null = null;
beforeEach(async (test) => {
  servers ??= { redis: { url: await sharedServer('redis', test), ack: 'local' }, elasticsearch: await sharedServer('elasticsearch', test) };
});

contractSuites(makeServersBackend(async () => servers!));
