import { afterAll, beforeEach } from 'vitest';
import { requireProgram } from '../../../../test/requirements.js';
import { startRedisCluster } from '../../../../test/servers/redis.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { anomalyLogContract } from '../../contract/anomaly-log-contract.js';
import { backendContract } from '../../contract/backend-contract.js';
import { collectionStoreContract } from '../../contract/collection-store-contract.js';
import { seriesStoreContract } from '../../contract/series-store-contract.js';
import { makeServersBackend } from '../../contract/servers-under-test.js';
import { snapshotStoreContract } from '../../contract/snapshot-store-contract.js';
import { stateStoreContract } from '../../contract/state-store-contract.js';
import { workQueueContract } from '../../contract/work-queue-contract.js';

/** Three primaries: what a script touches lies in one slot, or Redis refuses it. */
let cluster: ReturnType<typeof startRedisCluster> | null = null;
let elasticsearch = '';
beforeEach(async (test) => {
  requireProgram('redis-server', 'redis-server', test);
  elasticsearch ||= await sharedServer('elasticsearch', test);
  await (cluster ??= startRedisCluster());
});
afterAll(async () => (await cluster)?.stop());

const makeBackend = makeServersBackend(async () => ({ redis: { cluster: (await cluster!).addresses, ack: 'local' }, elasticsearch }));
// All ports that lie in Redis.
for (const suite of [backendContract, seriesStoreContract, anomalyLogContract, collectionStoreContract, workQueueContract, stateStoreContract, snapshotStoreContract]) suite(makeBackend);
