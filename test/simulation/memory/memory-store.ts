import { createCollectionTable, type CollectionTable } from './collection-table.js';
import { createIndexTable, type IndexTable } from './index-table.js';
import { createJobTable, type JobTable } from './job-table.js';
import { createLogTable, type LogTable } from './log-table.js';
import { createSeriesTable, type SeriesTable } from './series-table.js';
import { createSnapshotTable, type SnapshotTable } from './snapshot-table.js';
import { createStateTable, type StateTable } from './state-table.js';

export interface MemoryStoreOptions {
  readonly shards: number;
  readonly retentionSeconds: number | null;
  /** The servers' wall time, seconds. */
  readonly now: () => number;
  readonly keepEvents?: number;
}

/** What the servers hold: every port's model, without time or failure of its own. */
export interface MemoryStore {
  readonly shards: number;
  readonly series: SeriesTable;
  readonly log: LogTable;
  readonly index: IndexTable;
  readonly collections: CollectionTable;
  readonly jobs: JobTable;
  readonly state: StateTable;
  readonly snapshots: SnapshotTable;
  /** Called when there are new events or jobs: clients stop waiting. */
  readonly listeners: Set<() => void>;
}

export function createMemoryStore({ shards, retentionSeconds, now, keepEvents = 100_000 }: MemoryStoreOptions): MemoryStore {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const state = createStateTable();
  return {
    shards,
    series: createSeriesTable({ shards, retentionSeconds, now }),
    log: createLogTable(state, keepEvents, tell),
    index: createIndexTable(),
    collections: createCollectionTable(),
    jobs: createJobTable(now, tell),
    state,
    snapshots: createSnapshotTable(state),
    listeners,
  };
}
