import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AnomalyFinding, type Backend, type Clock, silentLogger } from '@skylark/core';
import { createImporter } from '@skylark/importer';
import { openEmbedded } from '@skylark/storage/embedded';
import { reindex } from './reindex.js';

const now = 1_700_000_000;

/** Time that passes by sleeping; `asleep` is what others do meanwhile. */
function clockWith(asleep: () => Promise<unknown> = async () => undefined): Clock {
  let elapsed = 0;
  return { now: () => now, elapsedMs: () => elapsed, sleep: async (ms) => void ((elapsed += ms), await asleep()) };
}

async function indexedStore(): Promise<{ backend: Backend; drain: () => Promise<number>; indexed: () => Promise<number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-reindex-'));
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock: clockWith(), logger: silentLogger, shards: 2 });
  onTestFinished(async () => {
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const [handle = 0] = await backend.series.handles(['m']);
  await backend.series.append({ handles: new Uint32Array(50).fill(handle), timestamps: Float64Array.from({ length: 50 }, (_, i) => now - 3000 + 60 * i), values: Float64Array.from({ length: 50 }, (_, i) => i % 7), length: 50 });
  const finding = (id: string): AnomalyFinding => ({ id, metric: 'm', kind: 'deviation', state: 'closed', start: now - 600, end: now - 300, peak: now - 500, value: 1, score: 50, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: now - 300, updated: now });
  await backend.anomalies.record(['a', 'b', 'c'].map(finding));
  const importer = createImporter({ ...backend, log: backend.anomalies, clock: clockWith(), logger: silentLogger, random: () => 0 });
  const indexed = async (): Promise<number> => (await backend.index.get(['a', 'b', 'c'])).length;
  await importer.drainOnce();
  expect(await indexed()).toBe(3);
  await backend.index.remove({ ids: ['a', 'b', 'c'] });
  return { backend, drain: () => importer.drainOnce(), indexed };
}

describe('reindex', () => {
  it('makes the importer index all of the log again', async () => {
    const { backend, drain, indexed } = await indexedStore();
    await drain();
    expect(await indexed()).toBe(0);
    await reindex({ state: backend.state, clock: clockWith() });
    await drain();
    expect(await indexed()).toBe(3);
  });

  it('is not undone by an importer that writes down a last time where it was', async () => {
    const { backend, drain, indexed } = await indexedStore();
    const before = (await backend.state.get('importer/cursor'))!.value;
    let late = 1;
    await reindex({ state: backend.state, clock: clockWith(async () => late-- > 0 && backend.state.set('importer/cursor', before, null)) });
    await drain();
    expect(await indexed()).toBe(3);
  });

  it('ends by itself though the importer is through the log before it is looked at', async () => {
    const { backend, drain, indexed } = await indexedStore();
    await reindex({ state: backend.state, clock: clockWith(drain) });
    expect(await indexed()).toBe(3);
  });
});
