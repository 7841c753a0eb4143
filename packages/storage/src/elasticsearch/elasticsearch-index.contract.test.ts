import { randomBytes } from 'node:crypto';
import type { Backend } from '@skylark/core';
import { beforeEach, describe } from 'vitest';
import { removePrefix } from '../../../../test/servers/elasticsearch/remove-prefix.js';
import { sharedServer, type SharedServer } from '../../../../test/servers/shared-server.js';
import { anomalyIndexContract } from '../../contract/anomaly-index-contract.js';
import { keepingLogger, movableClock, type MakeBackend } from '../../contract/backend-under-test.js';
import { openElasticsearchIndex, type ElasticsearchIndex } from './open-elasticsearch-index.js';

/** The suite asks a backend for its index alone. */
const makeIndexOn = (server: { readonly url: string }): MakeBackend => async ({ clock = movableClock() } = {}) => {
  const prefix = `contract-${randomBytes(6).toString('hex')}`;
  const opened: ElasticsearchIndex[] = [];
  const open = async (): Promise<Backend> => {
    const index = await openElasticsearchIndex({ node: server.url, prefix, clock, logger: keepingLogger(), random: Math.random });
    opened.push(index);
    return { index } as unknown as Backend;
  };
  const closeAll = async (): Promise<void> => {
    for (const index of opened.splice(0)) await index.close();
  };
  return {
    backend: await open(),
    another: open,
    async reopen() {
      await closeAll();
      return open();
    },
    async end() {
      await closeAll();
      await removePrefix(server.url, prefix);
    },
  };
};

describe.each<SharedServer>(['elasticsearch', 'opensearch'])('on %s', (name) => {
  const server = { url: '' };
  beforeEach(async (test) => {
    server.url = await sharedServer(name, test);
  });
  anomalyIndexContract(makeIndexOn(server));
});
