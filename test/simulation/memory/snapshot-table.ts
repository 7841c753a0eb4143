import { type Fence, SkylarkError } from '@skylark/core';
import { checkId, type StateTable } from './state-table.js';

/** `SnapshotStore` as a map: each call is one step. */
export interface SnapshotTable {
  read(key: string): Uint8Array | null;
  write(key: string, bytes: Uint8Array, fence?: Fence): void;
  delete(key: string): boolean;
  /** All that is kept is gone, or has a byte turned: as from a backend that does not notice. */
  lose(how: 'gone' | 'damaged'): void;
}

const mostBytes = 64 * 2 ** 20;

export function createSnapshotTable(state: StateTable): SnapshotTable {
  const kept = new Map<string, Uint8Array>();
  return {
    read: (key) => kept.get(checkId('key', key))?.slice() ?? null,
    write(key, bytes, fence) {
      if (bytes.length > mostBytes) throw new SkylarkError('bad-request', `snapshot ${key} of ${bytes.length} bytes`);
      state.checkFence(fence);
      kept.set(checkId('key', key), bytes.slice());
    },
    delete: (key) => kept.delete(checkId('key', key)),
    lose(how) {
      if (how === 'gone') kept.clear();
      else for (const bytes of kept.values()) bytes[bytes.length >> 1] = ~bytes[bytes.length >> 1]!;
    },
  };
}
