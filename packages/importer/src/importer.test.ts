import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, SkylarkError } from '@skylark/core';
import type { AnomalyFinding, AnomalyIndex, AnomalyLog, Backend, Clock, StateStore } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImporter } from './importer.js';
import type { Importer, ImporterOptions } from './importer.js';

const now = 1_700_000_000;
/** Sleeps are turns of the event loop, so that retries take no time. */
const clock: Clock = { now: () => now, elapsedMs: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

function finding(id: string, metric: string, change: Partial<AnomalyFinding> = {}): AnomalyFinding {
  return {
    id, metric, kind: 'deviation', state: 'open', start: now - 600, end: null, peak: now - 500, value: 1, score: 60, expected: null, votes: {},
    detectors: [], explanation: '', lastFlagged: now - 60, updated: now - 60, ...change,
  };
}
const closed = { state: 'closed', end: now - 60 } as const;

const opened = {} as { folder: string; backend: Backend };

beforeEach(async () => {
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-importer-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger });
  await write('m', 360);
});

afterEach(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

async function write(metric: string, count: number): Promise<void> {
  const [handle] = await opened.backend.series.handles([metric]);
  const timestamps = Float64Array.from({ length: count }, (_, i) => now - (count - i) * 10);
  await opened.backend.series.append({ handles: new Uint32Array(count).fill(handle!), timestamps, values: timestamps.map((t) => Math.sin(t / 90)), length: count });
}

function importerWith(changes: Partial<ImporterOptions> = {}): Importer {
  const { series, index, state, anomalies } = opened.backend;
  return createImporter({ series, index, state, log: anomalies, clock, logger: silentLogger, random: () => 0.5, ...changes });
}

function sampleOf(importer: Importer, name: string, labels: Record<string, string> = {}): number | undefined {
  return importer.samples().find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;
}

const documents = () => opened.backend.index.candidates({ by: 'all' }, { limit: 1000 });

describe('the importer', () => {
  it('indexes an opened anomaly with its window and shape, and follows it until it is closed', async () => {
    const importer = importerWith();
    await opened.backend.anomalies.record([finding('a', 'm')]);
    expect(await importer.drainOnce()).toBe(1);
    const [open] = await opened.backend.index.get(['a']);
    expect(open).toMatchObject({ id: 'a', metric: 'm', kind: 'deviation', score: 60, start: now - 600, end: null, until: now - 59 });
    expect(open!.timestamps.length).toBeGreaterThan(300);
    expect(open!.fingerprint.length).toBeGreaterThan(0);
    expect(Math.hypot(...open!.vector)).toBeCloseTo(1, 5);

    await opened.backend.anomalies.record([finding('a', 'm', { ...closed, score: 90 })]);
    await importer.drainOnce();
    expect((await opened.backend.index.get(['a']))[0]).toMatchObject({ score: 90, end: now - 60 });
    expect(await opened.backend.index.count()).toBe(1);
  });

  it('takes a removed anomaly out and leaves the others of its metric', async () => {
    const importer = importerWith();
    await opened.backend.anomalies.record([finding('old', 'm', { ...closed, start: now - 9000, end: now - 8000 }), finding('new', 'm', closed)]);
    await importer.drainOnce();
    expect(await opened.backend.anomalies.remove({ endedBefore: now - 5000 })).toBe(1);
    await importer.drainOnce();
    expect((await documents()).map(({ id }) => id)).toEqual(['new']);
  });

  it('has nothing to do when people remark, and goes on after it', async () => {
    const importer = importerWith();
    await opened.backend.anomalies.record([finding('a', 'm')]);
    await importer.drainOnce();
    await opened.backend.anomalies.annotate('a', { acknowledged: true }, now);
    expect(await importer.drainOnce()).toBe(1);
    expect(sampleOf(importer, 'skylark_index_documents_total')).toBe(1);
    expect(await importer.drainOnce()).toBe(0);
  });

  it('goes on where another one of its name stopped', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    await importerWith().drainOnce();
    await opened.backend.anomalies.record([finding('b', 'm', closed)]);
    expect(await importerWith().drainOnce()).toBe(1);
    expect((await documents()).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('stands by while another one works', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    await importerWith({ holder: 'one' }).drainOnce();
    await opened.backend.anomalies.record([finding('b', 'm')]);
    expect(await importerWith({ holder: 'two' }).drainOnce()).toBe(0);
    expect(await importerWith({ holder: 'one' }).drainOnce()).toBe(1);
  });

  it('takes over at once from one that ended as asked', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    const stop = new AbortController();
    const running = importerWith({ holder: 'one' }).run(stop.signal);
    await expect.poll(() => opened.backend.index.count(), { timeout: 10_000 }).toBe(1);
    await opened.backend.anomalies.record([finding('b', 'm')]);
    stop.abort();
    await running;
    await importerWith({ holder: 'two' }).drainOnce();
    expect((await documents()).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('takes over ten seconds after the last sign of one that died', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    await importerWith({ holder: 'one' }).drainOnce();
    await opened.backend.anomalies.record([finding('b', 'm')]);
    const later = (seconds: number): Clock => ({ ...clock, now: () => now + seconds });
    expect(await importerWith({ holder: 'two', clock: later(9.9) }).drainOnce()).toBe(0);
    expect(await importerWith({ holder: 'two', clock: later(10.1) }).drainOnce()).toBe(1);
  });

  it('keeps the work while one request to the index takes longer than its lease', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    const time = { now };
    const passing: Clock = { now: () => time.now, elapsedMs: () => (time.now - now) * 1000, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
    const index: AnomalyIndex = {
      ...bound(opened.backend.index),
      put: async (list, asOf) => {
        for (let i = 0; i < 30; i += 1) {
          time.now += 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        expect(await importerWith({ holder: 'two', clock: passing }).drainOnce()).toBe(0);
        return opened.backend.index.put(list, asOf);
      },
    };
    expect(await importerWith({ holder: 'one', index, clock: passing }).drainOnce()).toBe(1);
  });

  it('indexes an anomaly without data too', async () => {
    await opened.backend.anomalies.record([finding('a', 'never-written')]);
    await importerWith().drainOnce();
    expect((await documents()).map(({ id, fingerprint }) => [id, fingerprint])).toEqual([['a', '']]);
  });
});

describe('while the index is away', () => {
  const awayWhile = (away: () => boolean): AnomalyIndex => ({
    ...bound(opened.backend.index),
    put: async (list) => {
      if (away()) throw new SkylarkError('index-away', 'connection refused');
      return opened.backend.index.put(list);
    },
  });

  it('the outbox grows, and everything is indexed once it is back', async () => {
    let puts = 0;
    const waiting: (number | undefined)[] = [];
    const importer = importerWith({ index: awayWhile(() => (puts += 1) <= 3), random: () => { waiting.push(sampleOf(importer, 'skylark_outbox_documents')); return 0.5; } });
    await opened.backend.anomalies.record([finding('a', 'm'), finding('b', 'm', closed)]);
    await expect(importer.drainOnce()).rejects.toMatchObject({ code: 'index-away' });
    expect(await opened.backend.index.count()).toBe(0);

    await opened.backend.anomalies.record([finding('c', 'm', closed)]);
    const stop = new AbortController();
    const running = importer.run(stop.signal);
    await expect.poll(() => opened.backend.index.count(), { timeout: 10_000 }).toBe(3);
    stop.abort();
    await running;
    expect(sampleOf(importer, 'skylark_index_retries_total')).toBe(2);
    expect(sampleOf(importer, 'skylark_outbox_documents')).toBe(0);
    expect(waiting.at(-1)).toBe(3);
  });

  it('a document refused for good is counted by reason and the rest goes on', async () => {
    const index: AnomalyIndex = { ...bound(opened.backend.index), put: async (list) => [...await opened.backend.index.put(list.filter(({ id }) => id !== 'b')), { id: 'b', reason: 'mapping' }] };
    const importer = importerWith({ index });
    await opened.backend.anomalies.record([finding('a', 'm'), finding('b', 'm'), finding('c', 'm')]);
    await importer.drainOnce();
    expect((await documents()).map(({ id }) => id)).toEqual(['a', 'c']);
    expect(sampleOf(importer, 'skylark_index_dead_letters_total', { reason: 'mapping' })).toBe(1);
    expect(sampleOf(importer, 'skylark_index_documents_total')).toBe(2);
  });

  it('a document on which the index chokes does not hold up the others', async () => {
    const index: AnomalyIndex = {
      ...bound(opened.backend.index),
      put: async (list) => {
        if (list.some(({ id }) => id === 'b')) throw new TypeError('cannot serialise');
        return opened.backend.index.put(list);
      },
    };
    const importer = importerWith({ index });
    await opened.backend.anomalies.record(['a', 'b', 'c', 'd', 'e'].map((id) => finding(id, 'm')));
    await importer.drainOnce();
    expect((await documents()).map(({ id }) => id)).toEqual(['a', 'c', 'd', 'e']);
    expect(sampleOf(importer, 'skylark_index_dead_letters_total', { reason: 'internal' })).toBe(1);
  });
});

describe('a cursor older than the log', () => {
  it('makes the index anew from the log and keeps snapshots whose data is gone', async () => {
    await opened.backend.anomalies.record([finding('a', 'm', closed), finding('gone', 'm', closed)]);
    await importerWith().drainOnce();
    const [before] = await opened.backend.index.get(['a']);
    await opened.backend.series.remove(['m']);
    let missed = true;
    const log: AnomalyLog = {
      ...bound(opened.backend.anomalies),
      query: async (query) => { const page = await opened.backend.anomalies.query(query); return { ...page, anomalies: page.anomalies.filter(({ id }) => id !== 'gone') }; },
      follow: async (...request) => ({ ...await opened.backend.anomalies.follow(...request), missed: missed && !(missed = false) }),
    };
    const importer = importerWith({ log });
    await importer.drainOnce();
    const after = await documents();
    expect(after.map(({ id }) => id)).toEqual(['a']);
    expect([...after[0]!.values]).toEqual([...before!.values]);
    expect(sampleOf(importer, 'skylark_index_rebuilds_total')).toBe(1);
  });

  it('shows nothing of an importer that was stopped in the last page while another took over', async () => {
    let stoppedSeconds = 0;
    const slow: Clock = { ...clock, now: () => now + stoppedSeconds, elapsedMs: () => stoppedSeconds * 1000 };
    await opened.backend.anomalies.record([finding('a', 'm')]);
    const index: AnomalyIndex = {
      ...bound(opened.backend.index),
      async get(ids) {
        stoppedSeconds = 60;
        await opened.backend.state.acquire('importer', 'other', 10, slow.now());
        return opened.backend.index.get(ids);
      },
    };
    const log: AnomalyLog = { ...bound(opened.backend.anomalies), follow: async (...request) => ({ ...await opened.backend.anomalies.follow(...request), missed: true }) };
    await expect(importerWith({ index, log, clock: slow }).drainOnce()).rejects.toThrow('lease');
    expect(await documents()).toEqual([]);
  });
});

describe('an importer that was stopped while others worked', () => {
  it('leaves the page that it had read, for it may be outdated', async () => {
    await opened.backend.anomalies.record([finding('a', 'm')]);
    let first = true;
    const log: AnomalyLog = {
      ...bound(opened.backend.anomalies),
      async follow(...request) {
        const page = await opened.backend.anomalies.follow(...request);
        const { state } = opened.backend;
        // It sleeps for an hour; meanwhile somebody else had the lease, and gave it back.
        if (first) await state.release((await state.acquire('importer', 'other', 10, now + 3600))!);
        first = false;
        return page;
      },
    };
    const importer = importerWith({ log });
    await importer.drainOnce();
    expect(await documents()).toEqual([]);
    expect(await importer.drainOnce()).toBe(1);
    expect(await documents()).toHaveLength(1);
  });
});

describe('killed anywhere', () => {
  it('it loses nothing and indexes nothing twice', async () => {
    const change = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), score: fc.integer({ min: 0, max: 100 }), remove: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.array(fc.nat(24).map((halves) => halves / 2), { maxLength: 8 }), async (changes, kills) => {
      for (const { id, score, remove } of changes) {
        if (remove) await opened.backend.anomalies.remove({ metrics: [`metric-${id}`] });
        else await opened.backend.anomalies.record([finding(id, `metric-${id}`, { score })]);
      }
      for (const callsLeft of kills) await importerWith(dyingAfter(callsLeft)).drainOnce().catch(() => undefined);
      await importerWith().drainOnce();
      const expected = (await opened.backend.anomalies.query({ state: 'all', limit: 100 })).anomalies.map(({ id, score }) => `${id} ${score}`).sort();
      expect((await documents()).map(({ id, score }) => `${id} ${score}`)).toEqual(expected);
    }), { numRuns: 40 });
  });
});

/** Ports that stop working for good at some call, before or after it has taken effect: as a process killed there. */
function dyingAfter(calls: number): Pick<ImporterOptions, 'index' | 'state' | 'log' | 'series'> {
  let left = calls;
  const dying = <T extends object>(port: T): T => new Proxy(port, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== 'function') return value;
      return async (...request: unknown[]) => {
        if ((left -= 0.5) < 0) throw new SkylarkError('store-away', 'killed');
        const answer = await (value as (...list: unknown[]) => Promise<unknown>).apply(target, request);
        if ((left -= 0.5) < 0) throw new SkylarkError('store-away', 'killed');
        return answer;
      };
    },
  });
  const { index, state, anomalies, series } = opened.backend;
  return { index: dying<AnomalyIndex>(index), state: dying<StateStore>(state), log: dying<AnomalyLog>(anomalies), series };
}

/** A port whose functions can be replaced one by one. */
function bound<T extends object>(port: T): T {
  const names = new Set([...Object.keys(port), ...Object.getOwnPropertyNames(Object.getPrototypeOf(port) as object)].filter((name) => name !== 'constructor'));
  return Object.fromEntries([...names].map((name) => {
    const value = Reflect.get(port, name) as unknown;
    return [name, typeof value === 'function' ? (value as () => unknown).bind(port) : value];
  })) as T;
}
