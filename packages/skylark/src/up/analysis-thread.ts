import { createAnalyzer } from '@skylark/analyzer';
import { analyzerSettings } from './role-settings.js';
import { keepHouse } from './keep-house.js';
import { makeReplay } from './make-replay.js';
import { runRoleThread } from './run-role-thread.js';

/** The thread that judges every live series, slot by slot, and seals and forgets what is due. */
runRoleThread(async ({ backend, data, clock, logger, signal }) => {
  const { series, anomalies: log, queue, state, snapshots } = backend;
  const analyzer = createAnalyzer({ series, log, queue, state, snapshots, clock, logger, holder: data.holder, settings: analyzerSettings(data.config) });
  return {
    calls: { replay: makeReplay({ backend, config: data.config, clock, signal }) },
    samples: () => analyzer.samples(),
    running: Promise.all([analyzer.run(signal), keepHouse({ series, log, state, holder: data.holder, retentionSeconds: data.config['store.retention'], clock, logger, signal })]),
  };
});
