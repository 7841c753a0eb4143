import { setImmediate as nextTurn } from 'node:timers/promises';
import { shardOf, type SeriesStore } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { allNames, append, backendsOf, batchOf, maintainAll, pairs, type MakeBackend, type Point } from './backend-under-test.js';
import { seriesStoreModel } from './series-store-model.js';

const hour = 3600;
const base = 470_000 * hour;
const always = { from: 0, until: 2 ** 32 };
/** Late enough that everything in the log is due, whatever a backend's pace. */
const muchLater = (): number => Date.now() / 1000 + 2 * 86_400;

/** `SeriesStore`, sentence by sentence. */
export function seriesStoreContract(makeStore: MakeBackend): void {
  const make = backendsOf(makeStore);
  const fresh = async (): Promise<SeriesStore> => (await make()).backend.series;

  describe('SeriesStore', () => {
    it('gives back what was appended, in columns of the caller\'s own', async () => {
      const series = await fresh();
      await append(series, [['a', base, 1], ['b', base + 10, 2.5], ['a', base + 10, -0]]);
      const [a, b, none] = await series.read(['a', 'b', 'none'], always);
      expect(a).toEqual({ metric: 'a', timestamps: Float64Array.of(base, base + 10), values: Float64Array.of(1, -0) });
      expect(b).toEqual({ metric: 'b', timestamps: Float64Array.of(base + 10), values: Float64Array.of(2.5) });
      expect(none).toEqual({ metric: 'none', timestamps: new Float64Array(0), values: new Float64Array(0) });
      a!.values.fill(99);
      expect((await series.read(['a'], always))[0]!.values).toEqual(Float64Array.of(1, -0));
    });

    it('answers in the order asked, a name asked twice twice', async () => {
      const series = await fresh();
      await append(series, [['x', base, 1], ['y', base, 2]]);
      const read = await series.read(['y', 'nope', 'x', 'y'], always);
      expect(read.map(({ metric, values }) => [metric, ...values])).toEqual([['y', 2], ['nope'], ['x', 1], ['y', 2]]);
      expect(read[0]!.values.buffer).not.toBe(read[3]!.values.buffer);
    });

    it('reads windows that hold their start and not their end', async () => {
      const series = await fresh();
      await append(series, [0, 1, 2, 3].map((i): Point => ['w', base + i, i]));
      const inWindow = (from: number, until: number): Promise<[number, number][][]> => pairs(series, ['w'], { from, until });
      for (const phase of ['logged', 'sealed']) {
        expect((await inWindow(base + 1, base + 3))[0], phase).toEqual([[base + 1, 1], [base + 2, 2]]);
        expect((await inWindow(base + 1, base + 1))[0], phase).toEqual([]);
        expect((await inWindow(base + 3, base))[0], phase).toEqual([]);
        expect((await inWindow(-Infinity, Infinity))[0], phase).toHaveLength(4);
        await maintainAll(series, muchLater());
      }
    });

    it('keeps the last written of a timestamp: within a batch, across batches, across sealing', async () => {
      const series = await fresh();
      await append(series, [['m', base, 1], ['m', base + 5, 5], ['m', base, 2]]);
      expect(await pairs(series, ['m'])).toEqual([[[base, 2], [base + 5, 5]]]);
      await append(series, [['m', base, 3]]);
      expect(await pairs(series, ['m'])).toEqual([[[base, 3], [base + 5, 5]]]);
      await maintainAll(series, muchLater());
      await append(series, [['m', base, 4]]);
      expect(await pairs(series, ['m'])).toEqual([[[base, 4], [base + 5, 5]]]);
      await maintainAll(series, muchLater());
      expect(await pairs(series, ['m'])).toEqual([[[base, 4], [base + 5, 5]]]);
    });

    it('takes datapoints in any order of time and gives them back ascending', async () => {
      const series = await fresh();
      const times = [7, 3, 9, 1, 3 * hour, hour - 1, hour, 5];
      await append(series, times.map((time): Point => ['m', base + time, time]));
      const sorted = [...times].sort((a, b) => a - b).map((time) => [base + time, time]);
      expect(await pairs(series, ['m'])).toEqual([sorted]);
      await maintainAll(series, muchLater());
      expect(await pairs(series, ['m'])).toEqual([sorted]);
      await append(series, [['m', base + 2, 2]]);
      await maintainAll(series, muchLater());
      expect((await pairs(series, ['m']))[0]).toHaveLength(9);
    });

    it('keeps fractions of seconds and every finite value exactly', async () => {
      const series = await fresh();
      const values = [Number.MAX_VALUE, 5e-324, -0, 0.1, 1 / 3, -1e-300, 2 ** 53];
      await append(series, values.map((value, i): Point => ['f', base + i * 0.001 + 0.0005, value]));
      await append(series, [['whole', base, 1], ['f', base + 1, 42]]);
      const expected = [...values.map((value, i) => [base + i * 0.001 + 0.0005, value]), [base + 1, 42]];
      for (const phase of ['logged', 'sealed']) {
        const [read] = await pairs(series, ['f']);
        expect(read!.every(([timestamp, value], i) => timestamp === expected[i]![0] && Object.is(value, expected[i]![1])), phase).toBe(true);
        expect(read, phase).toHaveLength(8);
        await maintainAll(series, muchLater());
      }
    });

    it('keeps the smallest and the largest timestamps', async () => {
      const series = await fresh();
      await append(series, [['t', 0.5, 1], ['t', 1, 2], ['t', 2 ** 32 - 1, 3], ['t', 2 ** 32 - 0.5, 4]]);
      const expected = [[[0.5, 1], [1, 2], [2 ** 32 - 1, 3], [2 ** 32 - 0.5, 4]]];
      expect(await pairs(series, ['t'])).toEqual(expected);
      await maintainAll(series, muchLater());
      expect(await pairs(series, ['t'])).toEqual(expected);
    });

    it('appending the same batch twice is the same as once', async () => {
      const series = await fresh();
      const batch = await batchOf(series, [['a', base, 1], ['a', base + 1, 2], ['b', base, 3]]);
      await series.append(batch);
      await series.append(batch);
      expect(await pairs(series, ['a', 'b'])).toEqual([[[base, 1], [base + 1, 2]], [[base, 3]]]);
    });

    it('looks at a batch\'s length alone, and lets its arrays be used again at once', async () => {
      const series = await fresh();
      const [handle] = await series.handles(['r']);
      const buffers = { handles: new Uint32Array(100).fill(handle!), timestamps: new Float64Array(100), values: new Float64Array(100) };
      const written: Promise<void>[] = [];
      for (let i = 0; i < 10; i += 1) {
        buffers.timestamps[0] = base + i;
        buffers.values[0] = i;
        written.push(series.append({ ...buffers, length: 1 }));
        buffers.timestamps.fill(NaN);
        buffers.values.fill(NaN);
      }
      await Promise.all(written);
      expect(await pairs(series, ['r'])).toEqual([Array.from({ length: 10 }, (_, i) => [base + i, i])]);
    });

    it('does nothing with empty input', async () => {
      const series = await fresh();
      expect(await series.handles([])).toEqual(new Uint32Array(0));
      await series.append({ handles: new Uint32Array(0), timestamps: new Float64Array(0), values: new Float64Array(0), length: 0 });
      expect(await series.read([], always)).toEqual([]);
      expect(await series.spans([])).toEqual([]);
      expect(await series.remove([])).toBe(0);
      expect(await allNames(series)).toEqual([]);
    });

    it('refuses a handle that it never gave', async () => {
      const series = await fresh();
      await expect(series.append({ handles: Uint32Array.of(7), timestamps: Float64Array.of(base), values: Float64Array.of(1), length: 1 })).rejects.toMatchObject({ code: 'bad-request' });
    });

    it('registers a name when it is first appended, and lists each shard\'s by code unit', async () => {
      const series = await fresh();
      await series.handles(['never appended']);
      const names = Array.from({ length: 300 }, (_, i) => `host-${i}.cpu`);
      await append(series, names.map((name): Point => [name, base, 1]));
      expect(await allNames(series)).toEqual([...names].sort());
      for (let shard = 0; shard < series.shards; shard += 1) {
        const { metrics } = (await series.list(shard))!;
        expect(metrics).toEqual([...metrics].sort());
        expect(metrics.every((metric) => shardOf(metric, series.shards) === shard)).toBe(true);
      }
    });

    it('changes a list\'s version whenever the list changes, and only then', async () => {
      const series = await fresh();
      const shard = shardOf('v', series.shards);
      const other = Array.from({ length: 10_000 }, (_, i) => `other-${i}`).find((name) => shardOf(name, series.shards) === shard)!;
      const version = async (): Promise<number> => (await series.list(shard))!.version;
      const empty = await version();
      await append(series, [['v', base, 1]]);
      const one = await version();
      expect(one).not.toBe(empty);
      expect(await series.list(shard, one)).toBeNull();
      await append(series, [['v', base + 1, 1]]);
      await maintainAll(series, muchLater());
      expect(await series.list(shard, one)).toBeNull();
      await append(series, [[other, base, 1]]);
      const two = await version();
      expect(two).not.toBe(one);
      await series.remove([other]);
      const three = await version();
      expect(new Set([empty, one, two, three]).size).toBe(4);
      await series.remove([other]);
      expect(await series.list(shard, three)).toBeNull();
    });

    it.each([
      '__proto__', 'constructor', 'toString', '../../etc/passwd', 'a\u0000b', 'a\nb\r', '\u001b[31m', '<script>', '\u202Ertl', 'ünïcode.日本.😀', 'with space;tag=1', '*', '[', 'a:b', '{0}', ' ', 'é', 'e\u0301',
      'x'.repeat(1024), 'ü'.repeat(3000), 'x'.repeat(20_000),
    ])('keeps any name as it is (%#)', async (name) => {
      const series = await fresh();
      await append(series, [[name, base, 7], [`${name}.`, base, 8]]);
      await maintainAll(series, muchLater());
      expect(await pairs(series, [name, `${name}.`])).toEqual([[[base, 7]], [[base, 8]]]);
      expect(await allNames(series)).toEqual([name, `${name}.`].sort());
      expect(await series.remove([name])).toBe(1);
      expect(await pairs(series, [name, `${name}.`])).toEqual([[], [[base, 8]]]);
    });

    it('tells first and last timestamps, from the log and from blocks', async () => {
      const series = await fresh();
      await append(series, [['s', base + 3 * hour, 1], ['s', base + 5, 2], ['t', base, 1]]);
      const spans = (): Promise<unknown> => series.spans(['s', 'none', 't', 's']);
      const s = { metric: 's', firstTimestamp: base + 5, lastTimestamp: base + 3 * hour };
      const expected = [s, { metric: 'none', firstTimestamp: null, lastTimestamp: null }, { metric: 't', firstTimestamp: base, lastTimestamp: base }, s];
      expect(await spans()).toEqual(expected);
      await maintainAll(series, muchLater());
      expect(await spans()).toEqual(expected);
      await append(series, [['s', base + 9 * hour + 0.5, 3]]);
      expect(await series.spans(['s'])).toEqual([{ metric: 's', firstTimestamp: base + 5, lastTimestamp: base + 9 * hour + 0.5 }]);
    });

    it('forgets removed metrics with all their datapoints, and says how many there were', async () => {
      const series = await fresh();
      await append(series, [['a', base, 1], ['b', base, 2], ['c', base, 3]]);
      await maintainAll(series, muchLater());
      await append(series, [['a', base + 10, 4], ['b', base + 10, 5]]);
      expect(await series.remove(['a', 'nope', 'a', 'c'])).toBe(2);
      expect(await pairs(series, ['a', 'b', 'c'])).toEqual([[], [[base, 2], [base + 10, 5]], []]);
      expect(await allNames(series)).toEqual(['b']);
      await maintainAll(series, muchLater());
      expect(await pairs(series, ['a', 'b', 'c'])).toEqual([[], [[base, 2], [base + 10, 5]], []]);
    });

    it('brings a removed metric back when its handle is appended to, without its past', async () => {
      const { backend: { series }, another } = await make();
      const other = (await another()).series;
      const batch = await batchOf(series, [['a', base, 1]]);
      await series.append(batch);
      await other.remove(['a']);
      expect(await pairs(series, ['a'])).toEqual([[]]);
      await series.append({ ...batch, timestamps: Float64Array.of(base + 1), values: Float64Array.of(2) });
      for (const store of [series, other]) {
        expect(await pairs(store, ['a'])).toEqual([[[base + 1, 2]]]);
        expect(await allNames(store)).toEqual(['a']);
      }
    });

    it('follows what is new in a shard: from now on, each datapoint once, ascending in a series', async () => {
      const series = await fresh();
      const shard = shardOf('f', series.shards);
      await append(series, [['f', base, 0]]);
      const start = await series.follow(shard, null, 1000);
      expect(start).toMatchObject({ series: [], missed: false });
      expect(await series.follow(shard, start.cursor, 1000)).toEqual({ cursor: start.cursor, series: [], missed: false });
      await append(series, [['f', base + 20, 2], ['f', base + 10, 1], ['f', base + 10, 1.5]]);
      await append(series, [['f', base + 30, 3]]);
      const news = await series.follow(shard, start.cursor, 1000);
      expect(news.missed).toBe(false);
      expect(news.series).toEqual([{ metric: 'f', timestamps: Float64Array.of(base + 10, base + 20, base + 30), values: Float64Array.of(1.5, 2, 3) }]);
      expect((await series.follow(shard, news.cursor, 1000)).series).toEqual([]);
    });

    it('follows in pieces of about the limit, leaving nothing out', async () => {
      const series = await fresh();
      const shard = shardOf('f', series.shards);
      let { cursor } = await series.follow(shard, null, 1);
      for (let i = 0; i < 20; i += 1) await append(series, [0, 1, 2, 3, 4].map((k): Point => ['f', base + i * 5 + k, i]));
      const got: number[] = [];
      for (let calls = 0; calls < 30; calls += 1) {
        const news = await series.follow(shard, cursor, 10);
        expect(news.series.reduce((sum, { timestamps }) => sum + timestamps.length, 0)).toBeLessThanOrEqual(15);
        for (const { timestamps } of news.series) got.push(...timestamps);
        cursor = news.cursor;
      }
      expect(got).toEqual(Array.from({ length: 100 }, (_, i) => base + i));
    });

    it('says that something was missed when the log no longer holds it', async () => {
      const series = await fresh();
      const shard = shardOf('f', series.shards);
      const { cursor } = await series.follow(shard, null, 10);
      await append(series, [['f', base, 1]]);
      await maintainAll(series, muchLater());
      const news = await series.follow(shard, cursor, 10);
      expect(news.missed).toBe(true);
      await append(series, [['f', base + 1, 2]]);
      expect(await series.follow(shard, news.cursor, 10)).toMatchObject({ missed: false, series: [{ metric: 'f' }] });
    });

    it('refuses a cursor that it never gave, and a shard that it has not', async () => {
      const series = await fresh();
      await expect(series.follow(0, 'rubbish!', 10)).rejects.toMatchObject({ code: 'bad-request' });
      await expect(series.follow(series.shards, null, 10)).rejects.toMatchObject({ code: 'bad-request' });
      await expect(series.list(-1)).rejects.toMatchObject({ code: 'bad-request' });
      await expect(series.maintain(0.5, 0)).rejects.toMatchObject({ code: 'bad-request' });
    });

    it('forgets whole hours that are older than the retention, the names of metrics with nothing left, and nothing else', async () => {
      const { series } = (await make({ retentionSeconds: 2 * hour })).backend;
      const now = base + 10 * hour + 60;
      await append(series, [['old', now - 5 * hour, 1], ['both', now - 4 * hour, 2], ['both', base + 8 * hour, 3], ['both', base + 9 * hour, 4], ['young', now, 5]]);
      await maintainAll(series, now);
      expect(await pairs(series, ['old', 'both', 'young'])).toEqual([[], [[base + 8 * hour, 3], [base + 9 * hour, 4]], [[now, 5]]]);
      expect(await series.spans(['old', 'both'])).toEqual([
        { metric: 'old', firstTimestamp: null, lastTimestamp: null }, { metric: 'both', firstTimestamp: base + 8 * hour, lastTimestamp: base + 9 * hour },
      ]);
      expect(await allNames(series)).toEqual(['both', 'young']);
      await maintainAll(series, now + hour);
      expect(await pairs(series, ['both'])).toEqual([[[base + 9 * hour, 4]]]);
      await maintainAll(series, now + 20 * hour);
      expect(await pairs(series, ['both', 'young'])).toEqual([[], []]);
      expect(await allNames(series)).toEqual([]);
    });

    it('hands what it holds on to a client that comes later', async () => {
      const { backend, reopen } = await make();
      await append(backend.series, [['a', base, 1], ['b', base, 2]]);
      await maintainAll(backend.series, muchLater());
      await append(backend.series, [['a', base + 1, 3]]);
      const { series } = await reopen();
      expect(await pairs(series, ['a', 'b'])).toEqual([[[base, 1], [base + 1, 3]], [[base, 2]]]);
      expect(await allNames(series)).toEqual(['a', 'b']);
      await append(series, [['a', base + 2, 4], ['c', base, 5]]);
      expect(await pairs(series, ['a', 'c'])).toEqual([[[base, 1], [base + 1, 3], [base + 2, 4]], [[base, 5]]]);
    });

    it('is one store for all its clients at once', async () => {
      const { backend, another } = await make();
      const clients = [backend.series, (await another()).series, (await another()).series];
      await Promise.all(clients.map(async (series, client) => {
        for (let i = 0; i < 20; i += 1) await append(series, [[`own.${client}`, base + i, i], ['shared', base + client * 100 + i, client], [`new.${client}.${i}`, base, i]]);
      }));
      for (const series of clients) {
        expect((await pairs(series, ['shared']))[0]).toHaveLength(60);
        expect((await pairs(series, ['own.0', 'own.1', 'own.2'])).map((own) => own.length)).toEqual([20, 20, 20]);
        expect(await allNames(series)).toHaveLength(64);
      }
    });

    it('shows a resolved append to every client\'s next read, and its names to every next list', async () => {
      const { backend, another } = await make();
      const other = (await another()).series;
      for (let i = 0; i < 30; i += 1) {
        const [writer, reader] = i % 2 === 0 ? [backend.series, other] : [other, backend.series];
        const name = `turn.${i % 7}.${Math.floor(i / 14)}`;
        await append(writer, [[name, base + i, i]]);
        expect((await pairs(reader, [name]))[0]!.at(-1)).toEqual([base + i, i]);
        expect((await reader.list(shardOf(name, reader.shards)))!.metrics).toContain(name);
      }
    });

    it('seals while datapoints arrive and are read, and nobody notices', async () => {
      const series = await fresh();
      let appended = 0;
      let sealing = true;
      const writing = (async () => {
        for (; appended < 60; appended += 1) await append(series, [['live', base + appended, appended], ['live', base + appended, appended]]);
        sealing = false;
      })();
      const checking = (async () => {
        while (sealing) {
          const atLeast = appended;
          const [live] = await pairs(series, ['live']);
          expect(live!.length).toBeGreaterThanOrEqual(atLeast);
          expect(live!.every(([timestamp, value], i) => timestamp === base + i && value === i)).toBe(true);
          await nextTurn();
        }
      })();
      while (sealing) {
        await series.maintain(shardOf('live', series.shards), muchLater());
        await nextTurn();
      }
      await Promise.all([writing, checking]);
      expect((await pairs(series, ['live']))[0]).toHaveLength(60);
    });

    it('answers as a plain map does, whatever the order of appends, sealing, removals and openings', async () => {
      await seriesStoreModel(makeStore);
    }, 120_000);
  });
}
