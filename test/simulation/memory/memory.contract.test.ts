import { movableClock, type MakeBackend } from '../../../packages/storage/contract/backend-under-test.js';
import { contractSuites } from '../../../packages/storage/contract/contract-suites.js';
import type { Backend } from '@skylark/core';
import { createMemoryStore } from './memory-store.js';
import { openMemory } from './open-memory.js';

/** The models keep the contracts of the ports they stand for. */
const makeMemory: MakeBackend = async ({ retentionSeconds = null, clock = movableClock() } = {}) => {
  const store = createMemoryStore({ shards: 8, retentionSeconds, now: () => clock.now() });
  const opened: Backend[] = [];
  const open = (): Backend => {
    const backend = openMemory({ store, clock });
    opened.push(backend);
    return backend;
  };
  const closeAll = async (): Promise<void> => {
    for (const backend of opened.splice(0)) await backend.close();
    store.jobs.takeBack('q');
  };
  return {
    backend: open(),
    another: async () => open(),
    async reopen() {
      await closeAll();
      return open();
    },
    end: closeAll,
  };
};

contractSuites(makeMemory);
