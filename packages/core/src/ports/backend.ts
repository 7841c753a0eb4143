import type { AnomalyIndex } from './anomaly-index.js';
import type { AnomalyLog } from './anomaly-log.js';
import type { CollectionStore } from './collection-store.js';
import type { SeriesStore } from './series-store.js';
import type { SnapshotStore } from './snapshot-store.js';
import type { StateStore } from './state-store.js';
import type { WorkQueue } from './work-queue.js';
import type { Sample } from '../sample.js';

/** One line of /readyz. */
export interface HealthCheck {
  /** store, durability, index, queue ... */
  readonly name: string;
  readonly ok: boolean;
  /** Why not; or a remark when ok. */
  readonly reason?: string;
}

export interface BackendStats {
  readonly metrics: number;
  /** Bytes the data takes on disk or in the servers. */
  readonly bytes: number;
}

/** All ports of one store, and its end. */
export interface Backend {
  readonly kind: 'embedded' | 'servers';
  readonly series: SeriesStore;
  readonly anomalies: AnomalyLog;
  readonly index: AnomalyIndex;
  readonly collections: CollectionStore;
  readonly queue: WorkQueue;
  readonly state: StateStore;
  readonly snapshots: SnapshotStore;
  /** Never rejects: what fails is a check that is not ok. */
  health(): Promise<HealthCheck[]>;
  stats(): Promise<BackendStats>;
  samples(): readonly Sample[];
  /** Flushes, then releases everything; calls after it reject with `store-closed`. */
  close(): Promise<void>;
}
