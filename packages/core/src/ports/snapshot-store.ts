import type { Fence } from './state-store.js';

/**
 * Large records that are written now and then and read at a start: what detectors remember of a shard's metrics.
 *
 * - Keys as in `StateStore`. Bytes are opaque, at most 64 MiB a record; a record is replaced as a whole: readers see the old one or the new one, never
 *   a mixture, also when the writer is killed.
 * - A write is durable when it resolves. What is damaged is never served: such a record reads as null and is counted, because a snapshot can be made anew.
 * - With a fence, a write is refused with `stale-lease` when the lease has a newer token.
 */
export interface SnapshotStore {
  read(key: string): Promise<Uint8Array | null>;
  write(key: string, bytes: Uint8Array, fence?: Fence): Promise<void>;
  /** True if there was one. */
  delete(key: string): Promise<boolean>;
}
