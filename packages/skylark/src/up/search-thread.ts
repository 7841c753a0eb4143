import type { SearchRequest, Window } from '@skylark/core';
import { createImporter, createLiveImporter, type Importer, type LiveImporter } from '@skylark/importer';
import { createScorer } from '@skylark/scorer';
import { systemRandom } from '../system-clock.js';
import { openLiveShapes } from './open-live-shapes.js';
import { makeBand } from './make-band.js';
import { makeReplay } from './make-replay.js';
import { type RoleContext, runRoleThread } from './run-role-thread.js';

/** The thread that indexes what was flagged, and ranks look-alikes where this process has the API. */
runRoleThread(async ({ backend, data, clock, logger, signal }) => {
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger };
  const importers = data.targets.includes('importer') ? importersOf({ backend, data, clock, logger }) : [];
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
    samples: () => [...importers.flatMap((importer) => importer.samples()), ...scorer.samples(), ...(live?.shapes.samples() ?? [])],
    running: Promise.all([untilAborted(signal), ...importers.map((importer) => importer.run(signal)), following]),
  };
});

/** What was flagged always; in Oculus' way (`importer.mode: all`) every live series' window too. */
function importersOf({ backend, data: { config, holder }, clock, logger }: Pick<RoleContext, 'backend' | 'data' | 'clock' | 'logger'>): (Importer | LiveImporter)[] {
  const common = { index: backend.index, series: backend.series, state: backend.state, clock, logger, random: systemRandom, holder };
  const flagged = createImporter({ ...common, log: backend.anomalies });
  return config['importer.mode'] === 'all' ? [flagged, createLiveImporter({ ...common, everySeconds: config['importer.every'] })] : [flagged];
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}
