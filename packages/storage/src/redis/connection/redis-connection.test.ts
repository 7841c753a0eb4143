import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSkylarkError } from '@skylark/core';
import { afterEach, describe, expect, it } from 'vitest';
import { requireProgram } from '../../../../../test/requirements.js';
import { freePort, startPrimaryAndReplica, startRedis, startRedisCluster, until, type RedisServer } from '../../../../../test/servers/redis.js';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { keepingLogger, movableClock } from '../../../contract/backend-under-test.js';
import { openRedisConnection, type RedisConnection } from './redis-connection.js';
import type { RedisSettings } from './redis-settings.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(settings: Partial<RedisSettings>, waitMs = 5000): Promise<{ connection: RedisConnection; logger: ReturnType<typeof keepingLogger> }> {
  const logger = keepingLogger();
  const connection = await openRedisConnection({ settings: { ack: 'local', prefix: `test-${Math.random().toString(36).slice(2)}`, ...settings }, clock: movableClock(), logger, waitMs });
  ends.push(() => connection.close());
  return { connection, logger };
}

function kept<T extends { stop(): Promise<void> }>(server: T): T {
  ends.push(() => server.stop());
  return server;
}

const writable = (server: RedisServer, connection: RedisConnection): Promise<void> =>
  until(async () => (await connection.write((pipeline) => pipeline.set(connection.key('t', 'probe'), '1')))[0] === 'OK', `${server.url} takes writes again`);

describe('a connection to Redis', () => {
  it('writes in order and answers with the replies', async (test) => {
    const { connection } = await open({ url: await sharedServer('redis', test) });
    const key = connection.key(3, 'a', 7);
    expect(key).toMatch(/^test-[a-z0-9]+:\{3\}:a:7$/);
    expect(await connection.write((pipeline) => pipeline.set(key, 'x').append(key, 'yz').get(key))).toEqual(['OK', 3, 'xyz']);
    expect(await connection.script('return redis.call("STRLEN", KEYS[1]) + ARGV[1]', [key], [10])).toBe(13);
    expect(await connection.script('redis.call("SET", KEYS[1], "full"); return 1', [key], [], { evenWhenFull: true })).toBe(1);
    expect(await connection.read((client) => client.get(key))).toBe('full');
  });

  it('keeps what went well apart from what did not', async (test) => {
    const { connection } = await open({ url: await sharedServer('redis', test) });
    const [text, list] = [connection.key('t', 'text'), connection.key('t', 'list')];
    await connection.write((pipeline) => pipeline.set(text, '1').rpush(list, 'a'));
    const [good, bad, also] = await connection.writeMany([(pipeline) => pipeline.incr(text), (pipeline) => pipeline.incr(text).incr(list), (pipeline) => pipeline.get(text)]);
    expect(good).toEqual({ replies: [2] });
    expect(bad).toMatchObject({ error: { code: 'store-corrupt' } });
    expect(also).toEqual({ replies: ['3'] });
  });

  it('is healthy where Redis is as it should be, and says what to change where not', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = kept(await startRedis());
    const { connection } = await open({ url: server.url });
    expect(await connection.health()).toEqual([{ name: 'store', ok: true }, { name: 'durability', ok: true, reason: expect.stringContaining('appendfsync') as unknown }]);
    const bad = kept(await startRedis({ args: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'] }));
    const { connection: other, logger } = await open({ url: bad.url });
    expect(await other.health()).toEqual([
      { name: 'store', ok: false, reason: expect.stringContaining('maxmemory-policy is allkeys-lru') as unknown },
      { name: 'durability', ok: false, reason: 'durability:none: appendonly is no' },
    ]);
    expect(logger.lines.filter(({ event }) => event === 'redis.not-as-it-should-be')).toHaveLength(1);
    expect(other.samples().find(({ name }) => name === 'skylark_store_durable')?.value).toBe(0);
  });

  it('rejects at once while the server is away, and is back within seconds of it', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = kept(await startRedis());
    const { connection } = await open({ url: server.url });
    let back = 0;
    connection.onBack(() => (back += 1));
    await server.kill9();
    await until(async () => connection.client.status !== 'ready', 'the loss is noticed');
    const began = performance.now();
    await expect(connection.write((pipeline) => pipeline.set(connection.key('t', 'a'), 1))).rejects.toMatchObject({ code: 'store-away', detail: expect.stringContaining(String(server.port)) as unknown });
    expect(performance.now() - began).toBeLessThan(500);
    expect((await connection.health()).every(({ ok }) => !ok)).toBe(true);
    await server.restart();
    await writable(server, connection);
    expect(back).toBe(1);
    expect((await connection.health()).every(({ ok }) => ok)).toBe(true);
  });

  it('names the server that it cannot reach, and a password that is wrong', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = kept(await startRedis({ args: ['--requirepass', 'right'] }));
    await expect(open({ url: server.url })).rejects.toMatchObject({ code: 'store-away', detail: expect.stringMatching(/NOAUTH|password/i) as unknown });
    const wrong = await open({ url: `redis://:wrong@127.0.0.1:${server.port}` }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'store-away', detail: expect.stringContaining('WRONGPASS') as unknown });
    expect(String(wrong)).not.toContain(':wrong@');
    await open({ url: `redis://:right@127.0.0.1:${server.port}` });
    await server.kill9();
    await expect(open({ url: server.url }, 300)).rejects.toMatchObject({ code: 'store-away', detail: expect.stringContaining('ECONNREFUSED') as unknown });
    await expect(open({ url: 'http://example.com' })).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('says that it tried TLS where a server knows none, and waits no longer than it was told (row 13)', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const server = kept(await startRedis());
    const began = performance.now();
    await expect(open({ url: server.url.replace('redis://', 'rediss://') }, 700)).rejects.toMatchObject({ code: 'store-away', detail: `Redis 127.0.0.1:${server.port} (by TLS): connect ETIMEDOUT` });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('takes no certificate that nobody vouches for, and says so (row 13)', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const openssl = requireProgram('openssl', 'openssl', test);
    const folder = mkdtempSync(join(tmpdir(), 'skylark-tls-'));
    kept({ stop: async () => rmSync(folder, { recursive: true, force: true }) });
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    execFileSync(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const server = kept(await startRedis());
    const port = await freePort();
    for (const [name, value] of [['tls-cert-file', certificate], ['tls-key-file', key], ['tls-auth-clients', 'no'], ['tls-port', port]] as const) await server.command('CONFIG', 'SET', name, value);
    await expect(open({ url: `rediss://127.0.0.1:${port}` }, 1500)).rejects.toMatchObject({ code: 'store-away', detail: expect.stringMatching(/by TLS\): self[- ]signed certificate/) as unknown });
  });

  it('with ack replicated waits for a replica, and says so when there is none', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const { primary, replica, ...both } = await startPrimaryAndReplica();
    kept(both);
    const { connection } = await open({ url: primary.url, ack: 'replicated' });
    expect(await connection.write((pipeline) => pipeline.set(connection.key('t', 'a'), 'b'))).toEqual(['OK']);
    expect(await replica.command('GET', connection.key('t', 'a'))).toBe('b');
    await replica.kill9();
    await expect(connection.write((pipeline) => pipeline.set(connection.key('t', 'a'), 'c'))).rejects.toMatchObject({ code: 'store-away', detail: expect.stringContaining('no replica') as unknown });
    expect(await connection.read((client) => client.get(connection.key('t', 'a')))).toBe('c');
  });

  it('speaks to a Cluster, each part to the node of its slot', async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const cluster = kept(await startRedisCluster());
    const { connection } = await open({ cluster: cluster.addresses });
    const written = await connection.writeMany(Array.from({ length: 30 }, (_, i) => (pipeline) => pipeline.set(connection.key(i, 'a'), i).incr(connection.key(i, 'a'))));
    expect(written).toEqual(Array.from({ length: 30 }, (_, i) => ({ replies: ['OK', i + 1] })));
    expect(connection.nodes()).toHaveLength(3);
    expect((await connection.health()).every(({ ok }) => ok)).toBe(true);
  });

  it('refuses every call after its end', async (test) => {
    const { connection } = await open({ url: await sharedServer('redis', test) });
    await connection.close();
    await connection.close();
    for (const call of [() => connection.read((client) => client.ping()), () => connection.write((pipeline) => pipeline.ping()), () => connection.script('return 1', [], [])]) {
      expect(await call().catch((error: unknown) => isSkylarkError(error, 'store-closed'))).toBe(true);
    }
    expect((await connection.health()).every(({ ok }) => !ok)).toBe(true);
  });
});
