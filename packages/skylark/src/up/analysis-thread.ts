import { createAnalyzer, replay } from '@skylark/analyzer';
import { SkylarkError } from '@skylark/core';
import type { ReplayRequest } from '../history/replay-shapes.js';
import { analyzerSettings, overriddenSettings } from './role-settings.js';
import { runRoleThread } from './run-role-thread.js';
import { keepHouse } from './keep-house.js';

/** The thread that judges every live series, slot by slot, and seals and forgets what is due. */
runRoleThread(async ({ backend, data, clock, logger, signal }) => {
  const { series, anomalies: log, queue, state } = backend;
  const analyzer = createAnalyzer({ series, log, queue, state, clock, logger, settings: analyzerSettings(data.config) });
  return {
    calls: {
      replay: async ({ metric, from, until, dryRun, settings: given }: ReplayRequest & { metric: string }) => {
        const [span] = await series.spans([metric]);
        if (span?.lastTimestamp === null || span === undefined) throw new SkylarkError('unknown-metric', metric);
        return replay({ series, log, clock, settings: overriddenSettings(data.config, given) }, { metrics: [metric], from, until, dryRun, signal });
      },
    },
    samples: () => analyzer.samples(),
    running: Promise.all([analyzer.run(signal), keepHouse({ series, log, retentionSeconds: data.config['store.retention'], clock, logger, signal })]),
  };
});
