import { setTimeout as sleep } from 'node:timers/promises';
import { createIntake } from '@skylark/horizon';
import { silentLogger } from '@skylark/core';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { keepingLogger } from '../../packages/storage/contract/backend-under-test.js';
import { realClock } from '../clock.js';
import { requireProgram } from '../requirements.js';
import { startChaosProxy } from '../servers/chaos-proxy.js';
import { haveTheSame, startRedis, startPrimaryAndReplica, until, type RedisServer } from '../servers/redis.js';
import { openRules } from './horizon-fixture.js';
import { mountSmallDisk } from './small-disk.js';
import { ending, isSoak, openStore, startLoad, type OpenStore, type StoreOptions } from './redis-fixture.js';

const ends = ending();
afterEach(() => ends.all());

const always = { from: 0, until: 2 ** 32 };
const hour = 3600;
const base = 470_000 * hour;
const muchLater = (): number => Date.now() / 1000 + 2 * 86_400;

async function start(test: TestContext, args: readonly string[] = []): Promise<RedisServer> {
  requireProgram('redis-server', 'redis-server', test);
  const server = await startRedis({ args });
  ends.add(() => server.stop());
  return server;
}

async function open(url: string, options?: StoreOptions): Promise<OpenStore> {
  const store = await openStore({ url }, options);
  ends.add(() => store.connection.close());
  return store;
}

async function append({ series }: OpenStore, points: readonly (readonly [metric: string, timestamp: number, value: number])[]): Promise<void> {
  const handles = await series.handles(points.map(([metric]) => metric));
  await series.append({ handles, timestamps: Float64Array.from(points, ([, at]) => at), values: Float64Array.from(points, ([, , value]) => value), length: points.length });
}

async function valuesOf({ series }: OpenStore, ...metrics: string[]): Promise<number[][]> {
  return (await series.read(metrics, always)).map(({ values }) => [...values]);
}

async function maintainAll({ series }: OpenStore, now = muchLater()): Promise<void> {
  for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, now);
}

const failure = (work: Promise<unknown>): Promise<{ code?: string; detail?: string }> => work.then(() => ({}), (error: unknown) => error as { code: string; detail: string });

describe('series in a Redis that is not well', () => {
  it('out of memory (row 3): takes no writes, reads, seals what it has, and recovers by itself', { timeout: 120_000 }, async (test) => {
    const server = await start(test);
    const store = await open(server.url, { shards: 2 });
    await server.command('CONFIG', 'SET', 'maxmemory', '20mb');
    const names = Array.from({ length: 100 }, (_, i) => `m.${i}`);
    let second = 0;
    let refused: { code?: string; detail?: string } = {};
    for (; second < 20_000 && refused.code === undefined; second += 1) refused = await failure(append(store, names.map((name, i) => [name, base + second, i])));
    expect(refused).toMatchObject({ code: 'store-full', detail: expect.stringContaining('OOM') as unknown });
    expect(await failure(append(store, [['new', base, 1]]))).toMatchObject({ code: 'store-full' });
    expect((await valuesOf(store, 'm.7'))[0]).toHaveLength(second - 1);
    await until(async () => (await store.connection.health())[0]!.ok === false, 'health says so');
    expect((await store.connection.health())[0]!.reason).toContain('out of memory');
    // Blocks take a tenth of the log: maintenance makes room although Redis takes no other write.
    await maintainAll(store);
    await until(() => append(store, [['m.7', base + second, 7]]).then(() => true), 'it takes writes again');
    expect((await valuesOf(store, 'm.7'))[0]!.length).toBeGreaterThanOrEqual(second);
    await until(async () => (await store.connection.health())[0]!.ok, 'health is well again');
  });

  it('made a replica (row 5): the batch is refused, and taken within 2 s of the end of that', { timeout: 60_000 }, async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const { primary, replica, ...both } = await startPrimaryAndReplica();
    ends.add(() => both.stop());
    const store = await open(primary.url);
    await append(store, [['a', base, 1]]);
    await until(() => haveTheSame(primary, replica), 'the replica has it');
    await primary.command('REPLICAOF', '127.0.0.1', replica.port);
    expect(await failure(append(store, [['a', base + 1, 2]]))).toMatchObject({ code: 'store-away', detail: expect.stringMatching(/READONLY|closed|writeable/i) as unknown });
    await until(async () => (await store.connection.health())[0]!.reason?.includes('replica') === true, 'health says so');
    await primary.command('REPLICAOF', 'NO', 'ONE');
    const began = performance.now();
    await until(() => append(store, [['a', base + 1, 2]]).then(() => true), 'it is a primary again');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await valuesOf(store, 'a')).toEqual([[1, 2]]);
  });

  it(`black-holed for ${isSoak ? 60 : 4} s (row 7): memory stays bounded, senders wait, not ready, all is there within 10 s of the end`, { timeout: 180_000 }, async (test) => {
    const server = await start(test);
    const proxy = await startChaosProxy(server.port);
    ends.add(() => proxy.stop());
    const store = await open(`redis://127.0.0.1:${proxy.port}`);
    const intake = await createIntake({ store: store.series, clock: realClock, logger: silentLogger, rules: openRules, flushMs: 50, maxBufferedDatapoints: 200_000 });
    ends.add(() => intake.close());
    const sink = intake.sink('carbon-tcp');
    const names = Array.from({ length: 100 }, (_, i) => Buffer.from(`hole.${i}`));
    let pushed = 0;
    const push = (): void => {
      if (intake.paused) return;
      for (let k = 0; k < 50; k += 1) for (const name of names) sink.datapointBytes(name, 0, name.length, base + Math.floor(pushed / names.length), pushed++ % 1000);
    };
    for (let i = 0; i < 10; i += 1) push();
    await intake.flush();
    proxy.weather.blackHole = true;
    const [began, before] = [performance.now(), process.memoryUsage()];
    await expect(append(store, [['direct', base, 1]])).rejects.toMatchObject({ code: 'store-away' });
    expect(performance.now() - began).toBeLessThan(2500);
    let waits = 0;
    while (performance.now() - began < (isSoak ? 60_000 : 4000)) {
      push();
      if (intake.paused) waits += 1;
      await sleep(10);
    }
    const after = process.memoryUsage();
    expect(waits).toBeGreaterThan(10);
    expect(intake.health().ok).toBe(false);
    expect((await store.connection.health()).every(({ ok }) => !ok)).toBe(true);
    // 200,000 datapoints in hand are 4 MB, and some copies on their way.
    const grownMb = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20;
    expect(grownMb).toBeLessThan(100);
    proxy.clear();
    const cleared = performance.now();
    await intake.flush();
    const tookMs = performance.now() - cleared;
    console.log(`redis black hole: ${Math.round((cleared - began) / 1000)} s, ${pushed} datapoints taken, senders made to wait, ${grownMb.toFixed(1)} MB more in hand, all stored ${Math.round(tookMs)} ms after its end`);
    expect(tookMs).toBeLessThan(10_000);
    const read = await store.series.read(names.map(String), always);
    expect(read.reduce((sum, { values }) => sum + values.length, 0)).toBe(pushed);
    expect((await store.connection.health()).every(({ ok }) => ok)).toBe(true);
  });

  it('slow by 500 ms, then stalled for seconds (row 8): nothing is lost, and it goes on by itself', { timeout: 60_000 }, async (test) => {
    const server = await start(test, ['--enable-debug-command', 'yes']);
    const proxy = await startChaosProxy(server.port);
    ends.add(() => proxy.stop());
    const store = await open(`redis://127.0.0.1:${proxy.port}`);
    await append(store, [['a', base, 1]]);
    proxy.weather.latencyMs = 250;
    const began = performance.now();
    await append(store, [['a', base + 1, 2]]);
    expect(performance.now() - began).toBeGreaterThan(450);
    proxy.clear();
    const load = startLoad(store.series, { pauseMs: 20 });
    await sleep(200);
    const stalled = server.command('DEBUG', 'SLEEP', '4.5');
    await stalled;
    const before = load.acknowledged();
    await until(async () => load.acknowledged() > before + 400, 'the load goes on');
    await load.stop();
    expect(load.refused()).toBeGreaterThan(0);
    expect(await load.lost(store.series)).toBe(0);
  });

  it('loading at the start (row 10): waits, says so, and is ready when Redis is', { timeout: 120_000 }, async (test) => {
    const server = await start(test);
    const first = await open(server.url);
    await append(first, Array.from({ length: 100 }, (_, i) => [`m.${i}`, base, i] as const));
    await first.connection.write((pipeline) => {
      for (let i = 0; i < 3000; i += 1) pipeline.set(`filler:${i}`, 'x');
      return pipeline;
    });
    await first.connection.close();
    // A snapshot at the head of the file is loaded key by key, each held up for a millisecond.
    await server.command('BGREWRITEAOF');
    await until(async () => String(await server.command('INFO', 'persistence')).includes('aof_rewrite_in_progress:0'), 'the file is rewritten');
    await server.command('CONFIG', 'SET', 'appendfsync', 'always');
    await server.kill9();
    const slow = await startRedis({ folder: server.folder, port: server.port, args: ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'], wait: false });
    ends.add(() => slow.stop());
    const began = performance.now();
    const second = await open(server.url);
    console.log(`redis loading: ready after ${Math.round(performance.now() - began)} ms`);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(await valuesOf(second, 'm.7')).toEqual([[7]]);
  });

  it('emptied (row 11): series are new, nothing crashes, nobody appends under what was', { timeout: 60_000 }, async (test) => {
    const server = await start(test);
    const [one, other] = [await open(server.url), await open(server.url)];
    await append(one, [['a', base, 1], ['b', base, 2]]);
    await maintainAll(one);
    await append(other, [['b', base + 1, 3], ['c', base, 4]]);
    const cursors = await Promise.all(Array.from({ length: 8 }, async (_, shard) => (await one.series.follow(shard, null, 10)).cursor));
    await server.command('FLUSHALL');
    expect(await valuesOf(one, 'a', 'b', 'c')).toEqual([[], [], []]);
    await append(other, [['c', base + 5, 5]]);
    await append(one, [['d', base + 5, 6], ['a', base + 5, 7]]);
    for (const store of [one, other]) {
      expect(await valuesOf(store, 'a', 'b', 'c', 'd')).toEqual([[7], [], [5], [6]]);
      const names = await Promise.all(Array.from({ length: 8 }, (_, shard) => store.series.list(shard)));
      expect(names.flatMap((list) => list!.metrics).sort()).toEqual(['a', 'c', 'd']);
    }
    const news = await Promise.all(cursors.map((cursor, shard) => one.series.follow(shard, cursor, 10)));
    expect(news.flatMap(({ series }) => series.map(({ metric }) => metric)).sort()).toEqual(['a', 'c', 'd']);
    await maintainAll(one);
    expect(await valuesOf(other, 'a', 'b', 'c', 'd')).toEqual([[7], [], [5], [6]]);
  });

  it('with junk or another type in any of its keys (row 12): sets it aside, counts it, serves nothing false, and goes on', { timeout: 120_000 }, async (test) => {
    const server = await start(test);
    for (const letter of ['H', 'N', 'L', 'B', 'E', 'R']) {
      for (const junk of ['text', 'another type']) {
        const what = `${letter} with ${junk}`;
        await server.command('FLUSHALL');
        const logger = keepingLogger();
        const [one, other] = [await open(server.url, { shards: 1, logger }), await open(server.url, { shards: 1 })];
        await append(one, [['a', base, 1], ['b', base, 2], ['gone', base, 9]]);
        await maintainAll(one);
        await append(one, [['a', base + 1, 3], ['c', base + 1, 4]]);
        await one.series.remove(['gone']);
        const key = ((await server.command('KEYS', `test:{0}:${letter}*`)) as string[])[0]!;
        if (junk === 'another type') {
          await server.command('DEL', key);
          await server.command('ZADD', key, 1, 'junk');
        } else if (letter === 'B') await server.command('HSET', key, '0', 'junk');
        else {
          if (letter !== 'L') await server.command('DEL', key);
          await server.command(letter === 'H' || letter === 'N' ? 'HSET' : letter === 'R' ? 'SADD' : letter === 'L' ? 'APPEND' : 'SET', key, 'junk', ...(letter === 'H' || letter === 'N' ? ['junk'] : []));
        }
        const truth = new Map([['a', [1, 3]], ['b', [2]], ['c', [4]]]);
        const checkReads = async (store: OpenStore): Promise<void> => {
          for (const { metric, values } of await store.series.read(['a', 'b', 'c', 'gone'], always)) {
            for (const value of values) expect(truth.get(metric) ?? [], `${what}: ${metric}`).toContain(value);
          }
        };
        await checkReads(other);
        await append(one, [['a', base + 2, 5], ['d', base + 2, 6]]);
        truth.set('a', [1, 3, 5]).set('d', [6]);
        await checkReads(one);
        await maintainAll(other);
        for (const store of [one, other]) {
          await checkReads(store);
          const [a, d] = await valuesOf(store, 'a', 'd');
          expect(a!.at(-1), what).toBe(5);
          expect(d, what).toEqual([6]);
          // Only what the junk took the place of may be missing.
          if (['E', 'R', 'H'].includes(letter) || (letter === 'L' && junk === 'text')) expect(await valuesOf(store, 'a', 'b', 'c', 'gone'), what).toEqual([[1, 3, 5], [2], [4], []]);
        }
        const counted = [...one.samples(), ...other.samples()].reduce((sum, { value }) => sum + value, 0);
        if (!(junk === 'text' && ['R', 'N'].includes(letter))) expect(counted, what).toBeGreaterThan(0);
        await one.connection.close();
        await other.connection.close();
      }
    }
  });

  it('on a full disk (row 9): refuses writes, reads, and takes writes again when there is room', { timeout: 60_000 }, async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const disk = mountSmallDisk('8m');
    if (disk === null) return test.skip('no right to mount a tmpfs of a given size here');
    ends.add(async () => disk.unmount());
    const server = await startRedis({ folder: disk.path });
    ends.add(() => server.stop());
    const store = await open(server.url, { shards: 2 });
    const names = Array.from({ length: 200 }, (_, i) => `m.${i}`);
    let refused: { code?: string; detail?: string } = {};
    let second = 0;
    for (; second < 20_000 && refused.code === undefined; second += 1) refused = await failure(append(store, names.map((name, i) => [name, base + second, i])));
    expect(refused).toMatchObject({ code: 'store-full', detail: expect.stringContaining('No space') as unknown });
    expect((await valuesOf(store, 'm.7'))[0]!.length).toBeGreaterThanOrEqual(second - 1);
    await until(async () => (await store.connection.health())[0]!.ok === false, 'health says so');
    disk.grow('64m');
    await until(() => append(store, [['m.7', base + second, 7]]).then(() => true), 'it takes writes again');
    await until(async () => (await store.connection.health()).every(({ ok }) => ok), 'health is well again');
  });
});
