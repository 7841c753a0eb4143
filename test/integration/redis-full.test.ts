import { connect } from 'node:net';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type RunningProduct, startSkylark } from '../product.js';
import { requireProgram } from '../requirements.js';
import { type RedisServer, startRedis } from '../servers/redis.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const now = Math.floor(Date.now() / 1000) - 600;
const knownNames = Array.from({ length: 500 }, (_, i) => `known.${i}`);

const usedBytes = async (redis: RedisServer): Promise<number> => Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))![1]);
/** Sets the limit so that what is used is this share of it. */
const fillTo = async (redis: RedisServer, share: number): Promise<unknown> => redis.command('CONFIG', 'SET', 'maxmemory', Math.round((await usedBytes(redis)) / share));

async function eventually(what: string, holds: () => Promise<boolean>, withinSeconds = 30): Promise<void> {
  const began = performance.now();
  while (!(await holds().catch(() => false))) {
    if (performance.now() - began > withinSeconds * 1000) throw new Error(`${what}: not within ${withinSeconds} s`);
    await sleep(100);
  }
}

interface Counted {
  readonly received: number;
  readonly accepted: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly rejected: Readonly<Record<string, number>>;
}

async function countersOf(horizon: RunningProduct, protocol: string): Promise<Counted> {
  const text = await (await fetch(`${horizon.url}/metrics`)).text();
  const of = (kind: string): Record<string, number> => Object.fromEntries([...text.matchAll(new RegExp(`^skylark_ingest_${kind}_total{protocol="${protocol}"(?:,reason="([^"]+)")?} (\\d+)$`, 'gm'))].map(([, reason, value]) => [reason ?? 'all', Number(value)]));
  return { received: of('received')['all'] ?? 0, accepted: of('accepted')['all'] ?? 0, dropped: of('dropped'), rejected: of('rejected') };
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, one) => total + one, 0);

it('Redis that fills up sheds new metrics first and keeps the known ones; full, senders wait or are told to come again; it recovers by itself (row 3)', async (test) => {
  requireProgram('redis-server', 'redis-server', test);
  const redis = await startRedis();
  ends.push(() => redis.stop());
  const horizon = await startSkylark({ args: ['--backend', 'servers', '--target', 'horizon'], environment: { SKYLARK_REDIS__URL: redis.url, SKYLARK_ELASTICSEARCH__NODE: 'http://127.0.0.1:1' } });
  ends.push(() => horizon.stop());
  let second = 0;
  const post = async (names: readonly string[]): Promise<{ status: number; retryAfter: string | null; body: { accepted?: number; rejectedTotal?: number; rejected?: { index: number; reason: string }[] } }> => {
    second += 1;
    const response = await fetch(`${horizon.url}/api/v1/datapoints`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(names.map((metric) => ({ metric, timestamp: now + second, value: second }))) });
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: (await response.json()) as object };
  };
  const ready = async (): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${horizon.url}/readyz?verbose`);
    return { status: response.status, text: await response.text() };
  };
  expect(await post(knownNames)).toMatchObject({ status: 200, body: { accepted: 500, rejectedTotal: 0 } });

  // Nearly full: what room there is belongs to the metrics that are known.
  await eventually('it sheds', async () => {
    // What Redis uses falls by the buffers of each client that leaves, this test's too: some per cent of so small a store.
    await fillTo(redis, 0.98);
    return (await ready()).text.includes('new metrics are refused');
  });
  expect((await ready()).text).toMatch(/^\[\+\]intake .*new metrics are refused: the store is at 9[5-9] % of the memory/m);
  expect((await ready()).status).toBe(200);
  expect(await post([...knownNames, 'new.0', 'new.1'])).toMatchObject({ status: 200, body: { accepted: 500, rejectedTotal: 2, rejected: [{ index: 500, reason: 'overload' }, { index: 501, reason: 'overload' }] } });
  const udp = createSocket('udp4');
  ends.push(async () => udp.close());
  const [host, port] = horizon.addresses.carbonUdp.split(':');
  for (const name of ['new.2', 'known.7']) udp.send(`${name} 1 ${now + 100}\n`, Number(port), host);
  await eventually('UDP is counted', async () => (await countersOf(horizon, 'carbon-udp')).received === 2);
  await eventually('the known one is stored', async () => (await countersOf(horizon, 'carbon-udp')).accepted === 1);
  expect((await countersOf(horizon, 'carbon-udp')).dropped).toEqual({ overload: 1 });

  // Full: nothing more can be kept.
  await eventually('the store refuses', async () => {
    await fillTo(redis, 1.05);
    return (await post(knownNames)).status === 503;
  });
  expect((await post(knownNames)).retryAfter).toMatch(/^\d+$/);
  await eventually('it is not ready', async () => {
    const { status, text } = await ready();
    return status === 503 && /^\[-\]store .*out of memory/m.test(text);
  });
  const carbon = connect(Number(horizon.addresses.carbon.split(':')[1]), '127.0.0.1');
  ends.push(async () => carbon.destroy());
  carbon.write(knownNames.map((name) => `${name} 5 ${now + 200}\n`).join(''));
  await eventually('the lines have arrived', async () => (await countersOf(horizon, 'carbon-tcp')).received === 500);
  await eventually('they are tried in vain', async () => /^\[-\]intake store-full; \d+ datapoints in hand/m.test((await ready()).text));
  expect((await countersOf(horizon, 'carbon-tcp')).accepted).toBe(0);
  expect((await fetch(`${horizon.url}/livez`)).status).toBe(200);

  // Room again: what waited is stored, then new metrics come in.
  await redis.command('CONFIG', 'SET', 'maxmemory', 0);
  await eventually('what waited is stored', async () => (await countersOf(horizon, 'carbon-tcp')).accepted === 500);
  await eventually('it is ready, and sheds no more', async () => {
    const { status, text } = await ready();
    return status === 200 && !text.includes('new metrics are refused');
  });
  expect(await post(['new.0', 'new.1', 'known.0'])).toMatchObject({ status: 200, body: { accepted: 3, rejectedTotal: 0 } });
  for (const protocol of ['json', 'carbon-tcp', 'carbon-udp']) {
    const { received, accepted, dropped, rejected } = await countersOf(horizon, protocol);
    expect(received, protocol).toBe(accepted + sum(dropped) + sum(rejected));
  }
  expect((await countersOf(horizon, 'json')).dropped).toMatchObject({ overload: 2, 'store-away': expect.any(Number) as number });
}, 180_000);
