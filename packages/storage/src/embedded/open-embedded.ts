import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SkylarkError, type Backend, type Clock, type Logger } from '@skylark/core';
import { checkBeforeOpening, mend, type FileCheck } from './check-before-opening.js';
import { createAnomalyIndex } from './anomaly-index.js';
import { createAnomalyLog } from './anomaly-log.js';
import { createCollectionStore } from './collection-store.js';
import { openEnvironment, type Environment, type EnvironmentOptions } from './environment.js';
import { checkOwned, lockFolder, type FolderLock } from './folder-lock.js';
import { embeddedHealth, embeddedSamples } from './health.js';
import { createRecords } from './records.js';
import { createSeriesStore } from './series/series-store.js';
import { createSnapshotStore } from './snapshot-store.js';
import { createStateStore } from './state-store.js';
import { readFormat, type StoreFormat } from './store-format.js';
import { mendNames } from './mend-names.js';
import { makeStore } from './make-store.js';
import { createWorkQueue } from './work-queue.js';
import { syncFolder } from './write-whole.js';

export interface OpenEmbeddedOptions {
  /** Made when it is not there. */
  readonly folder: string;
  /** null: for ever. */
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Only when the store is made; default 64. */
  readonly shards?: number;
  /** `owner` (default) takes the folder for this process; worker threads of the same process then open it as `thread`. */
  readonly role?: 'owner' | 'thread';
}

/**
 * Opens the embedded backend: all ports on one LMDB file.
 *
 * @throws SkylarkError `store-in-use` (another process has the folder: names pid and folder), `store-newer` (nothing was written), `store-corrupt`
 * @example const backend = await openEmbedded({ folder, retentionSeconds: 14 * 86_400, clock, logger });
 */
export async function openEmbedded({ folder, retentionSeconds, clock, logger, shards = 64, role = 'owner' }: OpenEmbeddedOptions): Promise<Backend> {
  const lock = role === 'owner' ? await takeFolder(folder, clock) : null;
  if (!lock) checkOwned(folder);
  try {
    const { environment, check } = lock ? await openChecked({ folder, clock, logger, unfinished: lock.unfinished }) : { environment: openEnvironment({ folder, clock, logger }), check: null };
    try {
      if (check) takeDamage(environment, check);
      if (check && check.pageProblems > 0) await environment.tree.write(mendNames);
      const format = lock ? await makeStore(environment, { folder, shards, logger }) : requireFormat(folder);
      return await assemble({ environment, format, retentionSeconds, clock, logger, lock });
    } catch (error) {
      await environment.close();
      throw error;
    }
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** What LMDB refuses though its pages look sound is rewritten, once. */
async function openChecked({ folder, clock, logger, unfinished }: EnvironmentOptions & { unfinished: number }): Promise<{ environment: Environment; check: FileCheck }> {
  const check = await checkBeforeOpening(folder, { unfinished, logger });
  try {
    return { environment: openEnvironment({ folder, clock, logger }), check };
  } catch (error) {
    if (!isLmdbError(error)) throw error;
    return { check: await mend(folder, [error.message], logger), environment: openEnvironment({ folder, clock, logger }) };
  }
}

/** LMDB's own error codes are negative; the system's are not. */
const isLmdbError = (error: unknown): error is Error => error instanceof Error && Number((error as { code?: unknown }).code) < -30_000;

function takeDamage({ damage }: Environment, { damaged, pageProblems }: FileCheck): void {
  damage.foundPages(pageProblems);
  for (const { key, value } of damaged) damage.found(key, value);
}

async function takeFolder(folder: string, clock: Clock): Promise<FolderLock> {
  readFormat(folder);
  if (mkdirSync(folder, { recursive: true }) !== undefined) syncFolder(dirname(folder));
  return lockFolder(folder, clock);
}

function requireFormat(folder: string): StoreFormat {
  const format = readFormat(folder);
  if (!format) throw new SkylarkError('store-corrupt', `${folder} has no readable format.json`);
  return format;
}

interface Parts {
  readonly environment: Environment;
  readonly format: StoreFormat;
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: FolderLock | null;
}

async function assemble({ environment, format, retentionSeconds, clock, logger, lock }: Parts): Promise<Backend> {
  const { tree, damage } = environment;
  const records = createRecords();
  const queue = createWorkQueue({ tree, records, clock, logger });
  const index = createAnomalyIndex(tree, records, clock);
  const series = createSeriesStore({ tree, shards: format.shards, retentionSeconds, clock, logger, damagedNames: () => damage.counts().has('name') });
  if (lock) {
    await queue.handBack();
    await index.clearLeftovers();
  }
  const reportSnapshot = (key: string): void => {
    damage.foundElsewhere('snapshot');
    logger.error('store.damaged-snapshot', { key });
  };
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await queue.close();
    await environment.close();
    lock?.release();
  };
  return {
    kind: 'embedded',
    series,
    anomalies: createAnomalyLog({ tree, records, clock }),
    index,
    collections: createCollectionStore(tree, records),
    queue,
    state: createStateStore(tree),
    snapshots: createSnapshotStore({ tree, onDamaged: reportSnapshot }),
    health: async () => embeddedHealth(environment),
    stats: async () => ({ metrics: await countMetrics(series), bytes: environment.size().bytes }),
    // Of the store there is one: its threads hear of damage from each other, and the owner tells.
    samples: () => (lock ? embeddedSamples(environment) : []),
    close: () => (closing ??= close()),
  };
}

async function countMetrics(series: Backend['series']): Promise<number> {
  let metrics = 0;
  for (let shard = 0; shard < series.shards; shard += 1) metrics += (await series.list(shard))?.metrics.length ?? 0;
  return metrics;
}
