import type { SearchRequest, Window } from '@skylark/core';
import { createImporter } from '@skylark/importer';
import { createScorer } from '@skylark/scorer';
import { systemRandom } from '../system-clock.js';
import { openLiveShapes } from './open-live-shapes.js';
import { makeBand } from './make-band.js';
import { makeReplay } from './make-replay.js';
import { runRoleThread } from './run-role-thread.js';

/** The thread that indexes what was flagged, and ranks look-alikes where this process has the API. */
runRoleThread(async ({ backend, data, clock, logger, signal }) => {
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger };
  const importer = data.targets.includes('importer') ? createImporter({ ...ports, state: backend.state, random: systemRandom, holder: data.holder }) : null;
  const live = data.targets.includes('api') ? await openLiveShapes({ series: backend.series, config: data.config, clock, logger }) : null;
  const scorer = createScorer({ ...ports, ...(live && { live: live.shapes }) });
  const following = live?.shapes.run(signal).then(() => live.close());
  return {
    calls: {
      search: async (request: SearchRequest) => scorer.search(request),
      changes: async ({ window, limit }: { window: Window; limit: number }) => scorer.changes(window, limit),
      seenBefore: async ({ anomaly, limit }: { anomaly: string; limit: number }) => scorer.seenBefore(anomaly, limit),
      expectedBand: makeBand({ backend, config: data.config, clock }),
      // Where the analyzer is another process.
      replay: makeReplay({ backend, config: data.config, clock, signal }),
    },
    samples: () => [...(importer?.samples() ?? []), ...scorer.samples(), ...(live?.shapes.samples() ?? [])],
    running: Promise.all([importer === null ? untilAborted(signal) : importer.run(signal), following]),
  };
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}
