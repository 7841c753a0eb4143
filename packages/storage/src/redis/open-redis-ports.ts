import type { AnomalyLog, Clock, CollectionStore, Logger, Sample, SnapshotStore, StateStore, WorkQueue } from '@skylark/core';
import { createCollectionStore } from './collections/collection-store.js';
import type { RedisConnection } from './connection/redis-connection.js';
import { createAnomalyLog } from './log/anomaly-log.js';
import { createWorkQueue } from './queue/work-queue.js';
import { createSnapshotStore } from './snapshots/snapshot-store.js';
import { createStateStore } from './state/state-store.js';

export interface RedisPortsOptions {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process as no other is named. */
  readonly process: string;
  /** See `WorkQueueOptions`. */
  readonly holdSeconds?: number;
}

/** Every port on Redis but the series. */
export interface RedisPorts {
  readonly anomalies: AnomalyLog;
  readonly collections: CollectionStore;
  readonly queue: WorkQueue;
  readonly state: StateStore;
  readonly snapshots: SnapshotStore;
  samples(): readonly Sample[];
  /** Lets the jobs at hand end; the connection is the caller's. */
  close(): Promise<void>;
}

export function openRedisPorts({ connection, clock, logger, process, holdSeconds }: RedisPortsOptions): RedisPorts {
  let damagedSnapshots = 0;
  const onDamaged = (key: string): void => {
    damagedSnapshots += 1;
    logger.error('store.damaged-snapshot', { key });
  };
  const anomalies = createAnomalyLog({ connection, clock, logger });
  const queue = createWorkQueue({ connection, clock, logger, adder: process, ...(holdSeconds !== undefined && { holdSeconds }) });
  return {
    anomalies,
    queue,
    collections: createCollectionStore(connection),
    state: createStateStore(connection),
    snapshots: createSnapshotStore({ connection, onDamaged }),
    samples: () => damagedSnapshots === 0 ? [] : [{ name: 'skylark_store_damaged_records_total', help: 'Records that failed their checksum and were set aside', kind: 'counter', labels: { kind: 'snapshot' }, value: damagedSnapshots }],
    async close() {
      anomalies.close();
      await queue.close();
    },
  };
}
