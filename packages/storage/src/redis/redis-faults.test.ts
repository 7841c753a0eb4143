import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@skylark/core';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { requireProgram } from '../../../../test/requirements.js';
import { startRedis, type RedisServer } from '../../../../test/servers/redis.js';
import { findingOf } from '../../contract/anomaly-log-contract.js';
import { keepingLogger, movableClock } from '../../contract/backend-under-test.js';
import { openRedisConnection } from './connection/redis-connection.js';
import { openRedisPorts, type RedisPorts } from './open-redis-ports.js';

const clock = movableClock();
const jobsOf = (count: number, prefix = 'slot'): Job[] => Array.from({ length: count }, (_, i) => ({ id: `${prefix}-${i}`, data: { i } }));

/** A server of its own for each test: these kill and starve it. */
describe('the ports on a Redis that fails', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  /** `appendfsync always`: with everysec Redis may answer before it writes, while a sync of the disk takes long. */
  const start = async (test: TestContext, args: string[] = []): Promise<RedisServer> => {
    requireProgram('redis-server', 'redis-server', test);
    const server = await startRedis({ args: ['--appendfsync', 'always', ...args] });
    ends.push(() => server.stop());
    return server;
  };
  const open = async ({ url }: Pick<RedisServer, 'url'>, holdSeconds = 30): Promise<RedisPorts> => {
    const logger = keepingLogger();
    const connection = await openRedisConnection({ settings: { url, ack: 'local' }, clock, logger });
    const ports = openRedisPorts({ connection, clock, logger, process: randomUUID(), holdSeconds });
    ends.push(async () => {
      await ports.close();
      await connection.close();
    });
    return ports;
  };
  const until = (check: () => unknown, timeout = 20_000): Promise<void> => expect.poll(check, { timeout, interval: 50 }).toBe(true);
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (const began = clock.elapsedMs(); ;) {
      try {
        return await work();
      } catch (error) {
        if (clock.elapsedMs() - began > 10_000) throw error;
        await sleep(20);
      }
    }
  };

  it('lose no acknowledged job over kill -9, work each off, and say store-away meanwhile', async (test) => {
    const server = await start(test);
    // What was given out when Redis was killed, the answer lost, waits for its hold to run out.
    const [adding, working] = [await open(server, 6), await open(server, 6)];
    const done = new Map<string, number>();
    const worker = working.queue.work('q', async ({ id }) => {
      await sleep(10);
      done.set(id, (done.get(id) ?? 0) + 1);
    }, { concurrency: 4 });
    const added: string[] = [];
    let refused = 0;
    for (let kill = 0; kill < 4; kill += 1) {
      let over = false;
      const kills = sleep(150).then(() => server.kill9()).then(() => sleep(200)).then(() => server.restart()).then(() => sleep(600)).finally(() => (over = true));
      for (let i = 0; !over; i += 1) {
        const jobs = jobsOf(5, `k${kill}-${i}`);
        await adding.queue.add('q', jobs).then(() => added.push(...jobs.map(({ id }) => id)), (error: unknown) => {
          expect(error).toMatchObject({ code: 'store-away' });
          refused += 1;
        });
        await sleep(10);
      }
      await kills;
    }
    expect(added.length).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(0);
    await until(() => added.every((id) => done.has(id)), 25_000);
    await worker.close();
    expect(await patiently(() => working.queue.counts('q'))).toMatchObject({ waiting: 0, failed: 0 });
  }, 60_000);

  it('keep records, tokens and events over kill -9, and cursors go on', async (test) => {
    const server = await start(test);
    const { state, anomalies, snapshots } = await open(server);
    const fence = (await state.acquire('shard/1', 'me', 10, 0))!;
    await state.set('k', { v: 1 }, 0, fence);
    await anomalies.record([findingOf()], fence);
    await snapshots.write('s', Uint8Array.of(1, 2, 3), fence);
    const { cursor } = await anomalies.follow('', 10, 0);
    await server.kill9();
    await expect(state.get('k')).rejects.toMatchObject({ code: 'store-away' });
    await expect(anomalies.record([findingOf({ score: 1 })])).rejects.toMatchObject({ code: 'store-away' });
    const waiting = anomalies.follow(cursor, 10, 15_000).catch((error: unknown) => error);
    await server.restart();
    expect(await patiently(() => state.get('k'))).toEqual({ key: 'k', version: 1, value: { v: 1 } });
    expect(await snapshots.read('s')).toEqual(Uint8Array.of(1, 2, 3));
    expect((await state.acquire('shard/1', 'you', 10, 20))!.token).toBeGreaterThan(fence.token);
    await expect(anomalies.record([findingOf({ score: 2 })], fence)).rejects.toMatchObject({ code: 'stale-lease' });
    await anomalies.record([findingOf({ score: 3 })]);
    const seen = await waiting;
    // Either it waited through the restart, or it was told that the store was away.
    if (seen instanceof Error) expect(seen).toMatchObject({ code: 'store-away' });
    expect((await anomalies.follow(cursor, 10, 0)).events.map(({ type, anomaly }) => [type, anomaly.score])).toEqual([['updated', 3]]);
  });

  it('wake a follower that waited through a restart (row 8: also through five seconds of silence)', async (test) => {
    const server = await start(test, ['--enable-debug-command', 'yes']);
    const [one, other] = [await open(server), await open(server)];
    const { cursor } = await one.anomalies.follow(null, 1, 0);
    const follow = async (): Promise<number> => (await one.anomalies.follow(cursor, 10, 20_000)).events.length;
    const first = patiently(follow);
    await sleep(100);
    void server.command('DEBUG', 'SLEEP', 5).catch(() => undefined);
    await sleep(100);
    await expect(other.state.get('k')).rejects.toMatchObject({ code: 'store-away' });
    await patiently(() => other.anomalies.record([findingOf()]));
    expect(await first).toBe(1);
  }, 40_000);

  it('hand back at once what was at hand or on its way when they were closed, and count it as no attempt', async (test) => {
    const server = await start(test);
    const jobs = jobsOf(12);
    await (await open(server)).queue.add('q', jobs);
    let runs = 0;
    for (let restart = 0; restart < 5; restart += 1) {
      const ports = await open(server);
      const before = runs;
      ports.queue.work('q', (_, signal) => new Promise((_resolve, reject) => {
        runs += 1;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }), { concurrency: 3 });
      await (restart % 2 === 0 ? until(() => runs > before) : sleep(restart * 8));
      await ports.close();
    }
    expect(runs).toBeGreaterThanOrEqual(3);
    const { queue } = await open(server);
    expect(await queue.counts('q')).toEqual({ waiting: 12, active: 0, failed: 0 });
    const done: string[] = [];
    queue.work('q', async ({ id }) => void done.push(id), { concurrency: 1 });
    await until(() => done.length === 12, 5000);
    expect([...done].sort()).toEqual(jobs.map(({ id }) => id).sort());
  });

  it('run no job twice because Redis stalls for five seconds (row 8)', async (test) => {
    const server = await start(test, ['--enable-debug-command', 'yes']);
    const [one, other] = [await open(server), await open(server)];
    const runs = new Map<string, number>();
    const work = (ports: RedisPorts): unknown => ports.queue.work('q', async ({ id }) => {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      await sleep(200);
    }, { concurrency: 2 });
    work(one);
    work(other);
    await one.queue.add('q', jobsOf(40));
    await until(() => runs.size >= 4);
    void server.command('DEBUG', 'SLEEP', 5).catch(() => undefined);
    await until(() => runs.size === 40, 25_000);
    await until(async () => (await patiently(() => one.queue.counts('q'))).active === 0);
    expect([...runs.values()].filter((count) => count > 1)).toEqual([]);
  }, 60_000);

  it('go on after SCRIPT FLUSH, and once a permission that was taken is given back (row 13)', async (test) => {
    const server = await start(test);
    const { state, queue, anomalies } = await open(server);
    await state.set('k', 1, 0);
    await queue.add('q', jobsOf(1, 'before'));
    await server.command('SCRIPT', 'FLUSH');
    await state.set('k', 2, 1);
    await anomalies.record([findingOf()]);
    expect(await patiently(() => queue.add('q', jobsOf(2, 'after')))).toBe(2);
    await server.command('SCRIPT', 'FLUSH');
    const done: string[] = [];
    const worker = queue.work('q', async ({ id }) => void done.push(id), { concurrency: 1 });
    await until(() => done.length === 3);
    await worker.close();
    await server.command('ACL', 'SETUSER', 'default', '-hget');
    await expect(state.get('k')).rejects.toMatchObject({ code: 'store-away', message: expect.stringContaining('NOPERM') as string });
    await server.command('ACL', 'SETUSER', 'default', '+hget');
    expect((await state.get('k'))!.value).toBe(2);
  });

  it('refuse to open with a wrong password, at once and clearly (row 13)', async (test) => {
    const server = await start(test, ['--requirepass', 'secret']);
    await expect(open({ ...server, url: server.url.replace('redis://', 'redis://:wrong@') })).rejects.toMatchObject({ code: 'store-away', message: expect.stringMatching(/WRONGPASS/) as string });
    expect(await (await open({ ...server, url: server.url.replace('redis://', 'redis://:secret@') })).state.get('k')).toBeNull();
  });

  it('take an emptied Redis for a new one, and tell followers that they missed something (row 11)', async (test) => {
    const server = await start(test);
    const { state, anomalies, queue, collections } = await open(server);
    await anomalies.record([findingOf(), findingOf({ id: 'a-2' })]);
    await state.set('k', 1, 0);
    const { cursor } = await anomalies.follow('', 10, 0);
    await server.command('FLUSHALL');
    expect(await state.get('k')).toBeNull();
    expect((await state.set('k', 2, 0)).version).toBe(1);
    const after = await anomalies.follow(cursor, 10, 0);
    expect(after).toMatchObject({ missed: true, events: [] });
    const waiting = anomalies.follow(after.cursor, 10, 10_000);
    await sleep(50);
    await anomalies.record([findingOf({ id: 'a-3' })]);
    expect((await waiting).events.map(({ anomaly }) => anomaly.id)).toEqual(['a-3']);
    expect((await anomalies.query({ limit: 10 })).total).toBe(1);
    expect(await queue.add('q', jobsOf(3))).toBe(3);
    expect(await collections.list({ limit: 1, offset: 0 })).toEqual({ total: 0, collections: [] });
  });

  it('say what is damaged and serve nothing false, whatever is in a key (row 12)', async (test) => {
    const server = await start(test);
    const { state, anomalies, snapshots } = await open(server);
    await anomalies.record([findingOf()]);
    await state.set('k', 1, 0);
    await snapshots.write('s', Uint8Array.of(1, 2, 3));
    await server.command('HSET', 'skylark:{state}:records', 'k', 'junk');
    await server.command('HSET', 'skylark:{state}:log:findings', 'a-1', 'junk');
    const part = ((await server.command('HKEYS', 'skylark:{snapshot/s}:s')) as string[]).find((field) => field.endsWith(':0'))!;
    await server.command('HSET', 'skylark:{snapshot/s}:s', part, 'abd');
    await expect(state.get('k')).rejects.toMatchObject({ code: 'store-corrupt' });
    await expect(anomalies.get('a-1')).rejects.toMatchObject({ code: 'store-corrupt' });
    expect(await snapshots.read('s')).toBeNull();
    await snapshots.write('s', Uint8Array.of(4));
    expect(await snapshots.read('s')).toEqual(Uint8Array.of(4));
    await server.command('SET', 'skylark:{state}:records', 'junk');
    await expect(state.get('k')).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('add one job where a hundred processes add the same (row 25)', async (test) => {
    const server = await start(test);
    const clients = await Promise.all(Array.from({ length: 4 }, () => open(server)));
    const added = await Promise.all(Array.from({ length: 100 }, (_, i) => clients[i % 4]!.queue.add('q', jobsOf(1))));
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(1);
    let runs = 0;
    const workers = clients.map(({ queue }) => queue.work('q', async () => void (runs += 1), { concurrency: 2 }));
    await until(() => runs === 1);
    await sleep(200);
    expect(runs).toBe(1);
    await Promise.all(workers.map((worker) => worker.close()));
  });
});
