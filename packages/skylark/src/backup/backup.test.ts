import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Anomaly, type AnomalyFinding, type Backend, type Clock, type Collection, type Series, type ShapeDocument, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { openServers } from '@skylark/storage/servers';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { checkBackup } from './check-backup.js';
import { encodeFrame, magic, readFrames } from './frames.js';
import { restoreKey } from './kept-state.js';
import { restoreFrame, type RestoreTarget } from './restore-backup.js';
import { restoreHealth } from './restore-record.js';
import { takeBackup } from './take-backup.js';

const now = 1_700_000_000;
const clock: Clock = { now: () => now, elapsedMs: () => 0, sleep: async () => undefined };

async function emptyStore({ shards = 4, retentionSeconds = null as number | null } = {}): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-backup-'));
  const backend = await openEmbedded({ folder, retentionSeconds, clock, logger: silentLogger, shards });
  onTestFinished(async () => {
    await backend.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return backend;
}

async function write(backend: Backend, { metric, timestamps, values }: Series): Promise<void> {
  const [handle = 0] = await backend.series.handles([metric]);
  await backend.series.append({ handles: new Uint32Array(values.length).fill(handle), timestamps, values, length: values.length });
}

const series = (metric: string, length: number, at: (i: number) => number, of: (i: number) => number): Series => ({ metric, timestamps: Float64Array.from({ length }, (_, i) => at(i)), values: Float64Array.from({ length }, (_, i) => of(i)) });

const finding = (id: string, more: Partial<AnomalyFinding> = {}): AnomalyFinding => ({
  id, metric: 'web.one', kind: 'deviation', state: 'closed', start: now - 600, end: now - 300, peak: now - 500, value: 412, score: 77.8, expected: { low: 1, high: 2 },
  votes: { grubbs: true, ks_test: null }, detectors: [], explanation: 'higher than ever', lastFlagged: now - 300, updated: now - 250, ...more,
});

const shape = (id: string): ShapeDocument => ({
  id, metric: 'web.one', kind: 'deviation', score: 77.8, start: now - 600, end: now - 300, from: now - 4200, until: now - 300, timestamps: Float64Array.of(now - 600, now - 540.5), values: Float64Array.of(1, 412),
  fingerprint: 'sinc dec', vector: Float32Array.from({ length: 32 }, (_, i) => i / 32),
});

const collection: Collection = {
  id: 'c1', title: 'The night of the 14th', metrics: ['web.one', 'städte'], from: now - 4200, until: now, series: [series('web.one', 3, (i) => now - 60 * (3 - i), (i) => i / 3)],
  notes: '# Why\n- __proto__', comments: [{ by: 'admin', at: now, text: 'see above' }], updated: now,
};

/** A store with something of everything. */
async function fullStore(): Promise<Backend> {
  const backend = await emptyStore();
  await write(backend, series('web.one', 5000, (i) => now - 10 * 5000 + 10 * i, (i) => Math.sin(i) * 1e3));
  await write(backend, series('städte;a=b c', 500, (i) => now - 86_400 * 400 + i * 3600.25, (i) => (i % 7 === 0 ? -0 : i / 7)));
  for (let i = 0; i < 200; i += 1) await write(backend, series(`small.${i}`, 3, (at) => now - 300 + 60 * at, (at) => at + i));
  await backend.index.put([shape('a1'), shape('a2')]);
  await backend.anomalies.record([finding('a1'), finding('a2', { state: 'open', end: null, score: 33 }), finding('a3', { kind: 'stopped', votes: {}, expected: null })]);
  await backend.anomalies.annotate('a1', { feedback: 'real', note: 'the disk', acknowledged: true, by: 'anna' }, now - 10);
  await backend.anomalies.annotate('a3', { mutedUntil: now + 3600 }, now - 20);
  await backend.collections.put(collection, 0);
  await backend.state.set('rules/one', { match: 'web.*', low: 0 }, 0);
  await backend.state.set('analyzer/rounds/1', { slot: 5 }, 0);
  await backend.state.set('importer/cursor', '000000000000003', 0);
  await backend.state.set('analyzer/quarantine/1/abc', { metric: 'poison', reason: 'throws', until: now + 60 }, 0);
  return backend;
}

const sourceOf = (backend: Backend, id = 'b1'): Parameters<typeof takeBackup>[0] => ({ backend, retentionSeconds: null, version: '0.1.0', id, clock });

async function bytesOf(backend: Backend, id?: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of takeBackup(sourceOf(backend, id))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inSlices(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function restoreAll(target: RestoreTarget, bytes: Buffer, { id = 'b1', parts = Infinity } = {}): Promise<number> {
  let leftOut = 0;
  for await (const frame of readFrames({ bytes: inSlices(bytes), name: 'x' })) {
    if (frame.sequence >= parts) break;
    leftOut += (await restoreFrame(target, id, frame)).leftOut;
  }
  return leftOut;
}

const targetOf = (backend: Backend, retentionSeconds: number | null = null): RestoreTarget => ({ backend, retentionSeconds, clock });

async function contents(backend: Backend): Promise<unknown> {
  const names: string[] = [];
  for (let shard = 0; shard < backend.series.shards; shard += 1) names.push(...((await backend.series.list(shard))?.metrics ?? []));
  names.sort();
  const { anomalies } = await backend.anomalies.query({ state: 'all', limit: 10_000 });
  return {
    series: await backend.series.read(names, { from: 0, until: 2 ** 32 }),
    anomalies,
    shapes: (await backend.index.get(anomalies.map(({ id }) => id))),
    collections: (await backend.collections.list({ limit: 100, offset: 0 })).collections,
  };
}

describe('a backup', () => {
  it('restored into an empty store is that store again: datapoints, anomalies with what people said, shapes, collections, settings', async () => {
    const [before, after] = [await fullStore(), await emptyStore()];
    const bytes = await bytesOf(before);
    expect(await restoreAll(targetOf(after), bytes)).toBe(0);
    expect(await contents(after)).toEqual(await contents(before));
    expect((await after.state.list('')).map(({ key, value }) => [key, value])).toEqual([['analyzer/quarantine/1/abc', { metric: 'poison', reason: 'throws', until: now + 60 }], ['rules/one', { match: 'web.*', low: 0 }]]);
    expect(await restoreHealth(after.state)).toEqual([]);
  });

  it('fits a store of another number of shards, and leaves out what is older than the retention there', async () => {
    const before = await fullStore();
    const after = await emptyStore({ shards: 7, retentionSeconds: 86_400 });
    expect(await restoreAll(targetOf(after, 86_400), await bytesOf(before))).toBe(500);
    const [one, old] = await after.series.read(['web.one', 'städte;a=b c'], { from: 0, until: 2 ** 32 });
    expect([one?.values.length, old?.values.length]).toEqual([5000, 0]);
    expect((await after.state.list('')).map(({ key }) => key)).toEqual(['rules/one']);
  });

  it('says how much is in it', async () => {
    const bytes = await bytesOf(await fullStore());
    expect(await checkBackup({ bytes: inSlices(bytes), name: 'x' })).toEqual({
      id: 'b1', startedAt: now, version: '0.1.0', backend: 'embedded', shards: 4, retentionSeconds: null, bytes: bytes.length,
      totals: { metrics: 202, datapoints: 5000 + 500 + 600, anomalies: 3, shapes: 2, collections: 1, state: 2 },
    });
  });

  it('of an empty store restores to an empty store', async () => {
    const after = await emptyStore();
    await restoreAll(targetOf(after), await bytesOf(await emptyStore()));
    expect(await contents(after)).toEqual({ series: [], anomalies: [], shapes: [], collections: [] });
  });

  it('taken while the store is written to holds everything of before, and nothing that never was', async () => {
    const before = await emptyStore();
    const [metrics, length] = [40, 200];
    for (let m = 0; m < metrics; m += 1) await write(before, series(`m.${m}`, length, (i) => now - 7200 + i, (i) => i + m));
    await before.anomalies.record(Array.from({ length: 900 }, (_, i) => finding(`a${i}`, { score: i / 10 })));
    const chunks: Buffer[] = [];
    let turn = 0;
    for await (const chunk of takeBackup(sourceOf(before))) {
      chunks.push(chunk);
      turn += 1;
      // Scores change places between pages, new ones come, datapoints too.
      await before.anomalies.record([finding(`a${turn}`, { score: 99 - turn / 10 }), finding(`a${899 - turn}`, { score: 1 }), finding(`new${turn}`)]);
      for (let m = 0; m < metrics; m += 1) await write(before, series(`m.${m}`, 1, () => now - 7200 + length + turn, () => length + turn + m));
      await before.anomalies.annotate('a450', { note: `turn ${turn}` }, now);
    }
    const after = await emptyStore();
    await restoreAll(targetOf(after), Buffer.concat(chunks));
    const there = await after.series.read(Array.from({ length: metrics }, (_, m) => `m.${m}`), { from: 0, until: 2 ** 32 });
    for (const [m, { timestamps, values }] of there.entries()) {
      expect(values.length).toBeGreaterThanOrEqual(length);
      timestamps.forEach((timestamp, i) => expect(values[i]).toBe(timestamp - (now - 7200) + m));
    }
    const restored = new Map((await after.anomalies.query({ state: 'all', limit: 10_000 })).anomalies.map((anomaly): [string, Anomaly] => [anomaly.id, anomaly]));
    for (let i = 0; i < 900; i += 1) expect(restored.has(`a${i}`), `a${i}`).toBe(true);
    // All that happened before the last page is in it as it was left.
    expect(restored.get('a1')?.score).toBe(98.9);
  });
});

describe('a restore', () => {
  it('is refused where there is something already, naming it, and changes nothing', async () => {
    const bytes = await bytesOf(await fullStore());
    const after = await emptyStore();
    await write(after, series('here.before', 1, () => now, () => 1));
    await expect(restoreAll(targetOf(after), bytes)).rejects.toMatchObject({ code: 'store-not-empty', detail: expect.stringContaining('here.before') as string });
    expect(await restoreHealth(after.state)).toEqual([]);
    const own = await emptyStore();
    await write(own, series('skylark.canary.lagSeconds', 1, () => now, () => 1));
    await restoreAll(targetOf(own), bytes);
  });

  it('interrupted after any part leaves a store that says so, and is finished by going through the file again', async () => {
    const before = await fullStore();
    const bytes = await bytesOf(before);
    let parts = 0;
    for await (const { sequence } of readFrames({ bytes: inSlices(bytes), name: 'x' })) parts = sequence + 1;
    expect(parts).toBeGreaterThan(5);
    for (let done = 1; done < parts; done += 1) {
      const after = await emptyStore();
      await restoreAll(targetOf(after), bytes, { parts: done });
      expect(await restoreHealth(after.state)).toMatchObject([{ name: 'restore', ok: false, reason: expect.stringContaining('b1') as string }]);
      await expect(restoreAll(targetOf(after), await bytesOf(before, 'b2'), { id: 'b2' })).rejects.toMatchObject({ code: 'store-not-empty', detail: expect.stringContaining('half of backup b1') as string });
      await restoreAll(targetOf(after), bytes);
      expect(await contents(after)).toEqual(await contents(before));
      expect(await after.state.get(restoreKey)).toBeNull();
    }
  });

  it('takes no part of a backup that has not begun', async () => {
    const after = await emptyStore();
    const frames = [];
    for await (const frame of readFrames({ bytes: inSlices(await bytesOf(await fullStore())), name: 'x' })) frames.push(frame);
    await expect(restoreFrame(targetOf(after), 'b1', frames[3]!)).rejects.toMatchObject({ code: 'restore-unfinished' });
    await restoreFrame(targetOf(after), 'b1', frames[0]!);
    await expect(restoreFrame(targetOf(after), 'b9', frames[3]!)).rejects.toMatchObject({ code: 'restore-unfinished' });
  });
});

describe('the file of a backup', () => {
  const small = async (): Promise<Buffer> => {
    const backend = await emptyStore();
    await write(backend, series('a', 20, (i) => now - 60 * i, (i) => i));
    await backend.anomalies.record([finding('a1')]);
    return bytesOf(backend);
  };
  const check = (bytes: Buffer): Promise<unknown> => checkBackup({ bytes: inSlices(bytes, 64), name: 'small.backup' });

  it('cut off anywhere is refused, saying where', async () => {
    const bytes = await small();
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(check(bytes.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({ code: 'bad-backup', detail: expect.stringMatching(/small\.backup .*byte \d+/) as string });
    }
    await check(bytes);
  });

  it('with any one bit flipped is refused, at the part it is in', async () => {
    const bytes = await small();
    const frames: number[] = [];
    for await (const { offset } of readFrames({ bytes: inSlices(bytes), name: 'x' })) frames.push(offset);
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = Buffer.from(bytes);
      broken[at]! ^= 1 << (at % 8);
      const error = (await check(broken).catch((reason: unknown) => reason)) as { code: string; detail: string };
      expect(['bad-backup', 'store-newer'], `bit ${at % 8} of byte ${at}`).toContain(error.code);
      if (error.code === 'bad-backup') expect(error.detail).toContain(`at byte ${frames.findLast((offset) => offset <= at) ?? 0}`);
    }
  });

  it('with parts left out, repeated, in another order or behind its end is refused', async () => {
    const bytes = await small();
    const parts: Buffer[] = [];
    for await (const frame of readFrames({ bytes: inSlices(bytes), name: 'x' })) parts.push(frame.bytes);
    const again = (order: readonly Buffer[]): Promise<unknown> => check(Buffer.concat([magic, ...order]));
    await again(parts);
    await expect(again(parts.toSpliced(1, 1))).rejects.toMatchObject({ code: 'bad-backup' });
    await expect(again([parts[0]!, ...parts])).rejects.toMatchObject({ code: 'bad-backup' });
    await expect(again([...parts.slice(1), parts[0]!])).rejects.toMatchObject({ code: 'bad-backup' });
    await expect(again([...parts, await encodeFrame('state', parts.length, Buffer.from('[]'))])).rejects.toMatchObject({ code: 'bad-backup', detail: expect.stringContaining('behind its end') as string });
  });

  it('of a newer format is refused as such, and anything else as no backup', async () => {
    const bytes = await small();
    bytes[15] = 2;
    await expect(check(bytes)).rejects.toMatchObject({ code: 'store-newer' });
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (any) => {
      await expect(check(Buffer.from(any))).rejects.toMatchObject({ code: 'bad-backup' });
      await expect(check(Buffer.concat([magic, any]))).rejects.toMatchObject({ code: 'bad-backup' });
    }), { numRuns: 200 });
  });
});

describe('a backup of the embedded store', () => {
  it('moves to Redis and Elasticsearch, and back: everything is the same', async (test) => {
    const [redis, node] = [await sharedServer('redis', test), await sharedServer('elasticsearch', test)];
    const prefix = `backup-${process.pid}`;
    const servers = await openServers({ redis: { url: redis, ack: 'local', prefix }, elasticsearch: { node, prefix }, retentionSeconds: null, clock: realClock, logger: silentLogger, shards: 8 });
    onTestFinished(async () => {
      await servers.close();
      for (const path of [`${prefix}-*`, `_index_template/${prefix}-*`]) await fetch(`${node}/${path}`, { method: 'DELETE' });
    });
    const [before, after] = [await fullStore(), await emptyStore()];
    await restoreAll(targetOf(servers), await bytesOf(before));
    expect(await restoreHealth(servers.state)).toEqual([]);
    await eventuallyEqual(() => contents(servers), await contents(before));
    await restoreAll(targetOf(after), await bytesOf(servers, 'b2'), { id: 'b2' });
    expect(await contents(after)).toEqual(await contents(before));
    expect((await after.state.list('')).map(({ key }) => key)).toEqual(['rules/one']);
    await expect(restoreAll(targetOf(servers), await bytesOf(before))).rejects.toMatchObject({ code: 'store-not-empty' });
  }, 180_000);
});

const realClock: Clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** The index shows what was put within a second. */
async function eventuallyEqual(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    try {
      return expect(await read()).toEqual(expected);
    } catch (error) {
      if (turn === 19) throw error;
      await realClock.sleep(200);
    }
  }
}
