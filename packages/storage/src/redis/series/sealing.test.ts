import { randomUUID } from 'node:crypto';
import { silentLogger } from '@skylark/core';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { append, maintainAll, movableClock, pairs } from '../../../contract/backend-under-test.js';
import { openRedisConnection, type RedisConnection } from '../connection/redis-connection.js';
import { openRedisSeries, type RedisSeries } from './open-redis-series.js';
import { cutLogScript, writeBlocksScript, writeExtentsScript } from './scripts.js';

const clock = movableClock();
const base = 470_000 * 3600;
const muchLater = (): number => Date.now() / 1000 + 2 * 86_400;
const opened: RedisConnection[] = [];
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});

async function connect(test: TestContext, prefix: string): Promise<RedisConnection> {
  const connection = await openRedisConnection({ settings: { url: await sharedServer('redis', test), ack: 'local', prefix }, clock, logger: silentLogger });
  opened.push(connection);
  return connection;
}

const open = (connection: RedisConnection, retentionSeconds: number | null = null): Promise<RedisSeries> => openRedisSeries({ connection, retentionSeconds, clock, logger: silentLogger, shards: 1 });

/** A connection on which something happens just before one script is sent for the first time: the process was stopped there. */
function stoppedBefore(connection: RedisConnection, script: string, meanwhile: () => Promise<void>): RedisConnection {
  let isFirst = true;
  return new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'script') return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      return async (...args: Parameters<RedisConnection['script']>) => {
        if (args[0] === script && isFirst) {
          isFirst = false;
          await meanwhile();
        }
        return target.script(...args);
      };
    },
  });
}

describe('a sealing', () => {
  it.for([['extents', writeExtentsScript], ['blocks', writeBlocksScript], ['the end of the log', cutLogScript]] as const)('that was thought dead and comes back before it writes %s changes nothing any more', async ([, script], test) => {
    const prefix = `sealing-${randomUUID()}`;
    const rival = await open(await connect(test, prefix));
    await append(rival.series, [['a', base, 1], ['b', base, 2]]);
    let wasStopped = false;
    const stalled = await open(stoppedBefore(await connect(test, prefix), script, async () => {
      wasStopped = true;
      await append(rival.series, [['a', base, 10], ['a', base + 1, 11]]);
      await maintainAll(rival.series, muchLater());
      await append(rival.series, [['b', base, 20]]);
      await maintainAll(rival.series, muchLater());
      await append(rival.series, [['c', base, 30]]);
    }));
    const truth = [[[base, 10], [base + 1, 11]], [[base, 20]], [[base, 30]]];
    await maintainAll(stalled.series, muchLater());
    expect(wasStopped).toBe(true);
    for (const { series } of [rival, stalled]) expect(await pairs(series, ['a', 'b', 'c'])).toEqual(truth);
    await maintainAll(rival.series, muchLater());
    expect(await pairs(stalled.series, ['a', 'b', 'c'])).toEqual(truth);
  });

  it('takes what was removed out of the blocks, and leaves the neighbours', async (test) => {
    const prefix = `sealing-${randomUUID()}`;
    const connection = await connect(test, prefix);
    const { series } = await open(connection);
    const names = Array.from({ length: 40 }, (_, i) => `m.${i}`);
    await append(series, names.map((name, i) => [name, base, i]));
    await append(series, names.map((name, i) => [name, base + 3600, i]));
    await maintainAll(series, muchLater());
    const bytes = async (): Promise<number> => (await Promise.all((await connection.client.keys(`${prefix}:*:B:*`)).map(async (key) => (await connection.client.hvals(key)).join('').length))).reduce((sum, length) => sum + length, 0);
    const before = await bytes();
    expect(await series.remove(names.slice(0, 36))).toBe(36);
    await maintainAll(series, muchLater());
    expect(await bytes()).toBeLessThan(before / 5);
    expect(await connection.client.keys(`${prefix}:*:R`)).toEqual([]);
    expect(await pairs(series, names.slice(34))).toEqual([[], [], ...[36, 37, 38, 39].map((i) => [[base, i], [base + 3600, i]])]);
  });

  it('gives what it writes an end of its own, so that Redis forgets even if nobody maintains; for ever has none', async (test) => {
    for (const retentionSeconds of [86_400, null]) {
      const prefix = `sealing-${randomUUID()}`;
      const connection = await connect(test, prefix);
      const { series } = await open(connection, retentionSeconds);
      const now = Math.floor(Date.now() / 1000);
      await append(series, [['a', now - 3600, 1]]);
      const ttl = async (kind: string): Promise<number> => connection.client.ttl((await connection.client.keys(`${prefix}:*:${kind}:*`))[0]!);
      const [log] = [await ttl('L')];
      await maintainAll(series, now + 7200);
      const blocks = await ttl('B');
      if (retentionSeconds === null) expect([log, blocks]).toEqual([-1, -1]);
      else {
        expect(log).toBeGreaterThan(retentionSeconds);
        expect(blocks).toBeGreaterThan(retentionSeconds - 7200);
        expect(blocks).toBeLessThan(retentionSeconds + 7200);
      }
    }
  });

  it('lets a follower read on what it had not read yet, and misses nothing that was read', async (test) => {
    const { series } = await open(await connect(test, `sealing-${randomUUID()}`));
    const { cursor } = await series.follow(0, null, 10);
    await append(series, [['a', base, 1], ['a', base + 1, 2]]);
    const now = Date.now() / 1000;
    // Due for its size or the hour: as for a clock that was put back, which makes all due at once.
    await series.maintain(0, now - 7200);
    const news = await series.follow(0, cursor, 10);
    expect(news).toMatchObject({ missed: false, series: [{ metric: 'a', values: Float64Array.of(1, 2) }] });
    await maintainAll(series, muchLater());
    expect(await series.follow(0, news.cursor, 10)).toMatchObject({ missed: false, series: [] });
    expect(await series.follow(0, cursor, 10)).toMatchObject({ missed: true });
    await append(series, [['a', base + 2, 3]]);
    expect(await series.follow(0, news.cursor, 10)).toMatchObject({ missed: false, series: [{ values: Float64Array.of(3) }] });
  });
});

describe('the store in Redis', () => {
  it('keeps the shards it was made with, and refuses a newer format unwritten', async (test) => {
    const prefix = `sealing-${randomUUID()}`;
    const connection = await connect(test, prefix);
    expect((await open(connection)).series.shards).toBe(1);
    const again = await openRedisSeries({ connection, retentionSeconds: null, clock, logger: silentLogger, shards: 64 });
    expect(again.series.shards).toBe(1);
    await connection.client.set(`${prefix}:{store}:format`, 'skylark 2 64');
    await expect(open(connection)).rejects.toMatchObject({ code: 'store-newer' });
    await connection.client.set(`${prefix}:{store}:format`, 'rubbish');
    await expect(open(connection)).rejects.toMatchObject({ code: 'store-corrupt' });
    expect(await connection.client.get(`${prefix}:{store}:format`)).toBe('rubbish');
  });

  it('gives one id to a name that many register at once, and every name one', async (test) => {
    const prefix = `sealing-${randomUUID()}`;
    const clients = await Promise.all(Array.from({ length: 5 }, async () => open(await connect(test, prefix))));
    const names = Array.from({ length: 3000 }, (_, i) => `n.${i}`);
    await Promise.all(clients.map(({ series }, client) => append(series, names.map((name, i) => [name, base + client, i * 10 + client]))));
    for (const { series } of clients) {
      expect((await series.list(0))!.metrics).toHaveLength(names.length);
      const read = await pairs(series, names);
      expect(read.every((points, i) => points.length === 5 && points.every(([at, value], client) => at === base + client && value === i * 10 + client))).toBe(true);
    }
  });
});
