import { anomalyIndexContract } from './anomaly-index-contract.js';
import { anomalyLogContract } from './anomaly-log-contract.js';
import { backendContract } from './backend-contract.js';
import type { MakeBackend } from './backend-under-test.js';
import { collectionStoreContract } from './collection-store-contract.js';
import { seriesStoreContract } from './series-store-contract.js';
import { snapshotStoreContract } from './snapshot-store-contract.js';
import { stateStoreContract } from './state-store-contract.js';
import { workQueueContract } from './work-queue-contract.js';

/** Every port's suite; a backend's own test file gives the factory. */
export function contractSuites(makeBackend: MakeBackend): void {
  backendContract(makeBackend);
  seriesStoreContract(makeBackend);
  anomalyLogContract(makeBackend);
  anomalyIndexContract(makeBackend);
  collectionStoreContract(makeBackend);
  workQueueContract(makeBackend);
  stateStoreContract(makeBackend);
  snapshotStoreContract(makeBackend);
}
