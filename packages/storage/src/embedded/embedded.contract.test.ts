import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '@skylark/core';
import { expect } from 'vitest';
import { keepingLogger, movableClock, type MakeBackend } from '../../contract/backend-under-test.js';
import { contractSuites } from '../../contract/contract-suites.js';
import { openEmbedded, verifyFolder } from './index.js';

const makeEmbedded: MakeBackend = async ({ retentionSeconds = null, clock = movableClock() } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-contract-'));
  const logger = keepingLogger();
  const opened: Backend[] = [];
  const open = async (role: 'owner' | 'thread'): Promise<Backend> => {
    const backend = await openEmbedded({ folder, retentionSeconds, clock, logger, role, shards: 8 });
    opened.push(backend);
    return backend;
  };
  const closeAll = async (): Promise<void> => {
    for (const backend of opened.splice(0).reverse()) await backend.close();
  };
  return {
    backend: await open('owner'),
    another: () => open('thread'),
    reopen: async () => {
      await closeAll();
      return open('owner');
    },
    async end() {
      await closeAll();
      expect(await verifyFolder(folder)).toMatchObject({ ok: true, problems: [] });
      rmSync(folder, { recursive: true });
    },
  };
};

contractSuites(makeEmbedded);
