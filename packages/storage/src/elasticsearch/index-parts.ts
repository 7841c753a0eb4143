import type { Clock, Logger } from '@skylark/core';
import type { ElasticConnection } from './elastic-connection.js';
import type { IndexCounters } from './index-counters.js';
import type { IndexNames } from './index-names.js';
import type { IndexTopology } from './index-topology.js';
import type { CapabilityProbe } from './server-capabilities.js';

/** What every part of the index is made of. */
export interface AnomalyIndexParts {
  readonly connection: ElasticConnection;
  readonly names: IndexNames;
  readonly topology: IndexTopology;
  readonly capabilities: CapabilityProbe;
  readonly counters: IndexCounters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}
