import { hostname } from 'node:os';
import type { SearchRequest, Window } from '@skylark/core';
import { createImporter } from '@skylark/importer';
import { createScorer } from '@skylark/scorer';
import { systemRandom } from '../system-clock.js';
import { runRoleThread } from './run-role-thread.js';

/** The thread that indexes what was flagged and ranks look-alikes. */
runRoleThread(async ({ backend, clock, logger, signal }) => {
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger };
  const importer = createImporter({ ...ports, state: backend.state, random: systemRandom, holder: hostname() });
  const scorer = createScorer(ports);
  return {
    calls: {
      search: async (request: SearchRequest) => scorer.search(request),
      changes: async ({ window, limit }: { window: Window; limit: number }) => scorer.changes(window, limit),
      seenBefore: async ({ anomaly, limit }: { anomaly: string; limit: number }) => scorer.seenBefore(anomaly, limit),
    },
    samples: () => [...importer.samples(), ...scorer.samples()],
    running: importer.run(signal),
  };
});
