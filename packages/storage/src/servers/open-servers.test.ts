import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { requireProgram } from '../../../../test/requirements.js';
import { freePort, startPrimaryAndReplica, startRedis } from '../../../../test/servers/redis.js';
import { sharedServer } from '../../../../test/servers/shared-server.js';
import { documentOf } from '../../contract/anomaly-index-contract.js';
import { findingOf } from '../../contract/anomaly-log-contract.js';
import { append, keepingLogger, movableClock, pairs } from '../../contract/backend-under-test.js';
import type { RedisSettings } from '../redis/connection/redis-settings.js';
import { openServers, type ServersBackend } from './open-servers.js';

describe('the servers backend', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const clock = movableClock();
  const logger = keepingLogger();
  const open = async (redis: RedisSettings, node?: string): Promise<ServersBackend> => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const backend = await openServers({ redis, elasticsearch: { node: node ?? away, prefix: `t-${randomUUID()}` }, retentionSeconds: null, clock, logger, shards: 4, waitMs: 1000 });
    ends.push(() => backend.close());
    return backend;
  };
  const shared = async (test: TestContext): Promise<RedisSettings> => ({ url: await sharedServer('redis', test), ack: 'local', prefix: `t-${randomUUID()}` });

  it('opens and keeps everything while Elasticsearch is away, and says so (row 14)', async (test) => {
    const backend = await open(await shared(test));
    await append(backend.series, [['a', 1.7e9, 1]]);
    expect(await pairs(backend.series, ['a'])).toEqual([[[1.7e9, 1]]]);
    await backend.anomalies.record([findingOf()]);
    expect(await backend.queue.add('q', [{ id: 'a-1', data: null }])).toBe(1);
    await expect(backend.index.put([documentOf()])).rejects.toMatchObject({ code: 'index-away' });
    const checks = new Map((await backend.health()).map((check) => [check.name, check]));
    expect([...checks.keys()]).toEqual(['store', 'durability', 'index', 'queue']);
    expect(checks.get('store')).toMatchObject({ ok: true });
    expect(checks.get('queue')).toMatchObject({ ok: true });
    expect(checks.get('index')).toMatchObject({ ok: false, reason: expect.stringContaining('127.0.0.1') as string });
  });

  it('does not open without Redis, and names it', async () => {
    const port = await freePort();
    await expect(open({ url: `redis://user:hidden@127.0.0.1:${port}`, ack: 'local' })).rejects.toMatchObject({ code: 'store-away', message: expect.stringContaining(`127.0.0.1:${port}`) as string });
    expect(JSON.stringify(logger.lines)).not.toContain('hidden');
  }, 20_000);

  it('goes by the time of Redis, whatever this machine\'s clock says', async (test) => {
    clock.move(7200);
    const backend = await open(await shared(test));
    expect(Math.abs(clock.now() - backend.clock.now() - 7200)).toBeLessThan(1);
    expect(logger.lines.map(({ event }) => event)).toContain('servers.clock-differs');
    clock.move(-7200);
    expect(Math.abs(clock.now() - backend.clock.now())).toBeLessThan(1);
  });

  it('tells of a Redis that keeps nothing, or might throw data away (rows 2 and 4)', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = await startRedis({ args: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'] });
    ends.push(() => server.stop());
    const checks = await (await open({ url: server.url, ack: 'local' })).health();
    expect(checks).toMatchObject([{ name: 'store', ok: false }, { name: 'durability', ok: false }, { name: 'index' }, { name: 'queue', ok: false }]);
  });

  it('acknowledges nothing that no replica has, when it is told to (row 6)', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const pair = await startPrimaryAndReplica();
    ends.push(() => pair.stop());
    const { state, anomalies, snapshots, queue, collections } = await open({ url: pair.primary.url, ack: 'replicated' });
    const writes: Record<string, () => Promise<unknown>> = {
      state: () => state.set('k', 1, null),
      log: () => anomalies.record([findingOf({ score: Math.random() })]),
      snapshot: () => snapshots.write('s', Uint8Array.of(1)),
      queue: () => queue.add('q', [{ id: `j-${randomUUID()}`, data: 1 }]),
      collections: () => collections.put({ id: randomUUID(), title: '', metrics: [], from: 0, until: 1, series: [], notes: '', comments: [], updated: 0 }, 0),
    };
    for (const write of Object.values(writes)) await write();
    expect(await pair.replica.command('HGET', 'skylark:{state}:records', 'k')).toBe('1 1');
    pair.replica.pause();
    const outcomes = await Promise.all(Object.entries(writes).map(async ([name, write]) => [name, await write().then(() => 'acknowledged', (error: { code?: string }) => error.code)]));
    expect(Object.fromEntries(outcomes)).toEqual({ state: 'store-away', log: 'store-away', snapshot: 'store-away', queue: 'store-away', collections: 'store-away' });
    pair.replica.resume();
    await expect.poll(() => writes['state']!().then(() => 'acknowledged', () => 'refused'), { timeout: 10_000 }).toBe('acknowledged');
  }, 40_000);
});
