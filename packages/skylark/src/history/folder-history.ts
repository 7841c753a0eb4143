import { createNameIndex } from '@skylark/algorithms';
import { replay } from '@skylark/analyzer';
import { type Backend, type Clock, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import type { Config } from '../config/settings.js';
import { overriddenSettings } from '../up/role-settings.js';
import type { HistoryAccess } from './history-access.js';
import { writeHistory } from './write-history.js';

export interface FolderHistoryOptions {
  readonly folder: string;
  readonly config: Config;
  readonly clock: Clock;
}

/** History in a data folder that nobody runs. @throws SkylarkError store-in-use */
export async function folderHistory({ folder, config, clock }: FolderHistoryOptions): Promise<HistoryAccess> {
  const retentionSeconds = config['store.retention'];
  const backend = await openEmbedded({ folder, retentionSeconds, clock, logger: silentLogger, shards: config['store.shards'] });
  const { series, anomalies: log } = backend;
  return {
    find: async (query) => createNameIndex(await allNames(backend)).search(query, { limit: Number.MAX_SAFE_INTEGER }).matches.map(({ metric }) => metric),
    async read(metric, window) {
      const [found] = await series.read([metric], window);
      return found ?? { metric, timestamps: new Float64Array(0), values: new Float64Array(0) };
    },
    write: (written, { leaveOutOld }) => writeHistory({ series, retentionSeconds, maxNameBytes: config['horizon.maxNameBytes'], now: clock.now(), leaveOutOld }, written),
    replay: async (metric, { from, until, dryRun, settings }) => {
      const { slots, found, added, changed, missing } = await replay({ series, log, clock, settings: overriddenSettings(config, settings) }, { metrics: [metric], from, until, dryRun });
      return { slots, found: found.map((finding) => ({ ...finding })), added: [...added], changed: [...changed], missing: [...missing] };
    },
    async close() {
      for (let shard = 0; shard < series.shards; shard++) await series.maintain(shard, clock.now());
      await backend.close();
    },
  };
}

async function allNames({ series }: Backend): Promise<string[]> {
  const names: string[] = [];
  for (let shard = 0; shard < series.shards; shard++) names.push(...((await series.list(shard))?.metrics ?? []));
  return names.filter((metric) => !metric.startsWith('skylark.'));
}
