import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, SkylarkError } from '@skylark/core';
import type { AnomalyIndex, Backend, Clock, ShapeDocument } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLiveImporter, type LiveImporter, type LiveImporterOptions } from './live-importer.js';
import { liveId } from './live-documents.js';

const start = 1_700_000_000;
const time = { now: start };
/** Stands still but for sleeps, which take a moment: time that flew would leave the data behind before a test has looked. */
const clock: Clock = {
  now: () => time.now,
  elapsedMs: () => time.now * 1000,
  sleep: (ms, signal) => new Promise((resolve) => setTimeout(() => {
    if (!signal?.aborted) time.now += ms / 1000;
    resolve();
  }, 25)),
};
/** The store's: its own loops must not make time pass. */
const storeClock: Clock = { ...clock, sleep: (_ms, signal) => new Promise((resolve) => (signal?.aborted ? resolve() : signal?.addEventListener('abort', () => resolve(), { once: true }))) };
const opened = {} as { folder: string; backend: Backend };

beforeEach(async () => {
  time.now = start;
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-live-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock: storeClock, logger: silentLogger, shards: 4 });
});

afterEach(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

async function write(metrics: readonly string[], at = start - 600, count = 10): Promise<void> {
  const handles = await opened.backend.series.handles(metrics);
  const length = metrics.length * count;
  const timestamps = Float64Array.from({ length }, (_, i) => at + Math.floor(i / metrics.length) * 60);
  await opened.backend.series.append({ handles: Uint32Array.from({ length }, (_, i) => handles[i % metrics.length]!), timestamps, values: timestamps.map((t) => Math.sin(t / 90)), length });
}

function liveWith(changes: Partial<LiveImporterOptions> = {}): LiveImporter {
  const { index, series, state } = opened.backend;
  return createLiveImporter({ index, series, state, clock, logger: silentLogger, random: () => 0.5, ...changes });
}

const documents = (): Promise<ShapeDocument[]> => opened.backend.index.candidates({ by: 'all' }, { limit: 10_000, generation: 'live' });
const metrics = async (): Promise<string[]> => (await documents()).map(({ metric }) => metric);
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `web.host-${String(i).padStart(4, '0')}`);

describe('Oculus mode', () => {
  it("indexes every live series' last hour as a generation of its own", async () => {
    await write(names(600));
    await write(['long-silent'], start - 86_400);
    expect(await liveWith().importOnce()).toMatchObject({ documents: 600, failures: [] });
    const found = await documents();
    expect(found.map(({ id }) => id)).toEqual(names(600));
    expect(found[7]).toMatchObject({ kind: 'live', metric: 'web.host-0007', score: 0, from: start - 3600, until: start });
    expect([...found[7]!.timestamps]).toEqual(Array.from({ length: 10 }, (_, i) => start - 600 + i * 60));
    expect(found[7]!.values[3]).toBe(Math.sin((start - 420) / 90));
    expect(await opened.backend.index.count()).toBe(0);
  });

  it('replaces the generation before as a whole', async () => {
    await write(['a', 'b']);
    await liveWith().importOnce();
    await opened.backend.series.remove(['a']);
    await write(['c']);
    await liveWith().importOnce();
    expect(await metrics()).toEqual(['b', 'c']);
  });

  it('keeps the old generation when a new one fails, and tries again', async () => {
    await write(['a']);
    await liveWith().importOnce();
    await write(['b']);
    let failures = 2;
    const index = wrapped({ replace: async (...call) => { if ((failures -= 1) >= 0) throw new SkylarkError('index-away', 'refused'); return opened.backend.index.replace(...call); } });
    time.now += 600;
    const live = liveWith({ index });
    const stop = new AbortController();
    const running = live.run(stop.signal);
    await expect.poll(metrics, { timeout: 10_000 }).toEqual(['a', 'b']);
    stop.abort();
    await running;
    expect(live.samples().find(({ name }) => name === 'skylark_live_failures_total')?.value).toBe(2);
  });

  it('works every so often, also over restarts', async () => {
    await write(['a']);
    const made: number[] = [];
    const index = wrapped({ replace: async (...call) => { made.push(time.now - start); return opened.backend.index.replace(...call); } });
    for (let run = 0; run < 3; run += 1) {
      const stop = new AbortController();
      const running = liveWith({ index, everySeconds: 600 }).run(stop.signal);
      const until = made.length + 2;
      await expect.poll(() => made.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(until);
      stop.abort();
      await running;
    }
    const gaps = made.slice(1).map((at, i) => at - made[i]!);
    expect(gaps.every((gap) => gap >= 600 && gap < 620)).toBe(true);
  });

  it('is the work of one of several importers; one overtaken while it reads shows nothing', async () => {
    await write(names(3));
    expect(await opened.backend.state.acquire('importer/live', 'another', 60, time.now)).not.toBeNull();
    expect(await liveWith({ holder: 'one' }).importOnce()).toBeNull();

    time.now += 61;
    const index = wrapped({
      async replace(generation, batches) {
        time.now += 100;
        expect(await liveWith({ holder: 'two' }).importOnce()).toMatchObject({ documents: 3 });
        await write(['late']);
        return opened.backend.index.replace(generation, batches);
      },
    });
    await expect(liveWith({ holder: 'one', index }).importOnce()).rejects.toMatchObject({ code: 'stale-lease' });
    expect(await metrics()).toEqual(names(3));
  });

  it('names documents after their metrics, and those too long by a hash', () => {
    expect(liveId('web.host')).toBe('web.host');
    const long = 'é'.repeat(400);
    expect(Buffer.byteLength(liveId(long))).toBeLessThan(512);
    expect(liveId(long)).not.toBe(liveId(`${long}x`));
  });
});

function wrapped(changes: Partial<AnomalyIndex>): AnomalyIndex {
  const { index } = opened.backend;
  return { ...index, ...changes };
}
