import { createAnalyzer } from '@skylark/analyzer';
import { notifierOf } from './alert-functions.js';
import { analyzerSettings } from './role-settings.js';
import { keepHouse } from './keep-house.js';
import { makeReplay } from './make-replay.js';
import { runRoleThread } from './run-role-thread.js';

/** The thread that judges every live series, slot by slot, and seals and forgets what is due. */
runRoleThread(async ({ backend, data, clock, logger, signal }) => {
  const { series, anomalies: log, queue, state, snapshots } = backend;
  const analyzer = createAnalyzer({ series, log, queue, state, snapshots, clock, logger, holder: data.holder, settings: analyzerSettings(data.config) });
  const notifier = notifierOf({ backend, config: data.config, clock, logger, holder: data.holder });
  return {
    calls: { replay: makeReplay({ backend, config: data.config, clock, signal }) },
    samples: () => [...analyzer.samples(), ...notifier.samples()],
    running: Promise.all([analyzer.run(signal), notifier.run(signal), keepHouse({ series, log, state, holder: data.holder, retentionSeconds: data.config['store.retention'], clock, logger, signal })]),
  };
});
