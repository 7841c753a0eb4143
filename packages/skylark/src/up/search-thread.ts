import { hostname } from 'node:os';
import type { SearchRequest } from '@skylark/core';
import { createImporter } from '@skylark/importer';
import { createScorer } from '@skylark/scorer';
import { systemRandom } from '../system-clock.js';
import { runRoleThread } from './run-role-thread.js';

/** The thread that indexes what was flagged and ranks look-alikes. */
runRoleThread(async ({ backend, clock, logger, signal }) => {
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, clock, logger };
  const importer = createImporter({ ...ports, state: backend.state, random: systemRandom, holder: hostname() });
  const scorer = createScorer(ports);
  return {
    calls: { search: async (request: SearchRequest) => scorer.search(request) },
    samples: () => [...importer.samples(), ...scorer.samples()],
    running: importer.run(signal),
  };
});
