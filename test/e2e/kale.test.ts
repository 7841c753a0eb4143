import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, runSkylark, startSkylark } from '../product.js';
import { requireProgram, type Skippable } from '../requirements.js';
import { type RedisServer, startRedis } from '../servers/redis.js';

/** Strings of Skyline's Redis, made by msgpack-python: pickled floats, whole numbers, roomba's lists without their head, single floats, and what is no datapoint. */
const byPython = JSON.parse(readFileSync(new URL('../golden/kale-by-python.json', import.meta.url), 'utf8')) as { base: number; full: Record<string, string>; mini: Record<string, string> };
const { base } = byPython;

const folder = mkdtempSync(join(tmpdir(), 'skylark-kale-'));
const config = join(folder, 'forever.yaml');
const servers: RedisServer[] = [];
beforeAll(() => writeFileSync(config, 'store:\n  retention: forever\n'));
afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function redisOf(test: Skippable): Promise<RedisServer> {
  requireProgram('redis-server', 'redis-server', test);
  const server = await startRedis();
  servers.push(server);
  return server;
}

/** A Redis that Skyline filled. */
async function skylines(test: Skippable): Promise<RedisServer> {
  const server = await redisOf(test);
  const client = new Redis(server.url);
  for (const [namespace, strings] of [['metrics.', byPython.full], ['mini.', byPython.mini]] as const) {
    for (const [name, bytes] of Object.entries(strings)) {
      await client.append(namespace + name, Buffer.from(bytes, 'base64'));
      await client.sadd(`${namespace}unique_metrics`, namespace + name);
    }
  }
  client.disconnect();
  return server;
}

const fine = ({ status, stdout, stderr }: CommandResult): string => {
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

const csvOf = async (source: readonly string[]): Promise<string[]> => fine(await runSkylark(['export', 'csv', ...source])).trim().split('\n').slice(1).sort();

describe('skylark import kale', () => {
  it('brings in what Skyline gathered, and counts what is no datapoint by its reason', async (test) => {
    const { url } = await skylines(test);
    const into = ['--data', join(folder, 'in'), '--config', config];
    const imported = await runSkylark(['import', 'kale', '--redis', url, '--json', ...into]);
    expect(JSON.parse(fine(imported))).toEqual({
      metrics: 9, datapoints: 600 + 200 + 50 + 1200 + 20 + 10 + 2 + 1, mini: 62, leftOut: 0, refused: {},
      skipped: { 'not-numeric': 2, nan: 1, 'bad-value': 1, incomplete: 1 },
    });
    expect(imported.stderr).toMatch(/^2083 datapoints of 9 metrics imported, and 62 of mini\.\*, skipped: /);
    const lines = await csvOf(into);
    expect(lines).toHaveLength(2083 + 2);
    expect(lines).toContain(`café.temp,${base},21.5`);
    expect(lines).toContain(`disk.used,${base + 300 * 199},${7000 + 199 ** 3}`);
    expect(lines).toContain(`trimmed.long,${base + 60 * 1199},299.75`);
    expect(lines.filter((line) => line.startsWith('negative.and.small,')).slice(0, 8).map((line) => Number(line.split(',')[2])).sort((a, b) => a - b)).toEqual([-3e9, -40_000, -129, -33, -1, 0, 1e-300, 0.1]);
    expect(lines.filter((line) => line.startsWith('raw.values,'))).toEqual([`raw.values,${base},1`, `raw.values,${base + 5},2`]);
    expect(lines.filter((line) => line.startsWith('only.mini,'))).toEqual([`only.mini,${base + 35_000},1`, `only.mini,${base + 35_010},2`]);
  }, 60_000);

  it('and export kale are each other\'s opposite: what went out to a Redis comes in the same, and out again byte for byte', async (test) => {
    const [first, second, third] = [await skylines(test), await redisOf(test), await redisOf(test)];
    const [one, two] = [['--data', join(folder, 'one'), '--config', config], ['--data', join(folder, 'two'), '--config', config]];
    fine(await runSkylark(['import', 'kale', '--redis', first.url, ...one]));
    const until = ['--until', String(base + 36_000)];
    fine(await runSkylark(['export', 'kale', '--redis', second.url, ...until, ...one]));
    fine(await runSkylark(['import', 'kale', '--redis', second.url, ...two]));
    const before = (await csvOf(one)).filter((line) => Number(line.split(',').at(-2)) < base + 36_000);
    expect(before.length).toBeGreaterThan(1300);
    expect(await csvOf(two)).toEqual(before);
    fine(await runSkylark(['export', 'kale', '--redis', third.url, ...until, ...two]));
    const contents = async ({ url }: RedisServer): Promise<Record<string, string>> => {
      const client = new Redis(url);
      const entries: [string, string][] = [];
      for (const key of (await client.keys('*')).sort()) {
        entries.push([key, key.endsWith('.unique_metrics') ? (await client.smembers(key)).sort().join() : (await client.getBuffer(key))!.toString('hex')]);
      }
      client.disconnect();
      return Object.fromEntries(entries);
    };
    const written = await contents(second);
    expect(await contents(third)).toEqual(written);
    expect(Object.keys(written)).toEqual(expect.arrayContaining(['metrics.unique_metrics', 'mini.unique_metrics', 'metrics.café.temp', 'mini.web.requests']));
    expect(written['metrics.unique_metrics']?.split(',')).toHaveLength(9);
    // The last hour: 60 of 600.
    expect(written['mini.web.requests']).toHaveLength(60 * 15 * 2);
    expect(written['mini.café.temp']).toBeUndefined();
  }, 60_000);

  it('is refused by the retention of a running product, naming the ways out; moved to now, it comes in with its distances kept', async (test) => {
    const { url } = await skylines(test);
    const product = await startSkylark();
    try {
      const refused = await runSkylark(['import', 'kale', '--redis', url, '--url', product.url]);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toMatch(/Two ways out: --shift-to-now/);
      expect(refused.stderr).toMatch(/^0 datapoints of 9 metrics imported/m);
      fine(await runSkylark(['import', 'kale', '--redis', url, '--prefix', 'kale.', '--shift-to-now', '--url', product.url]));
      const { metrics } = (await (await fetch(`${product.url}/api/v1/metrics?query=kale.*&limit=100`)).json()) as { metrics: { metric: string; firstTimestamp: number; lastTimestamp: number }[] };
      expect(metrics.map(({ metric }) => metric).sort()).toEqual([...Object.keys(byPython.full), ...Object.keys(byPython.mini).filter((name) => !(name in byPython.full))].map((name) => `kale.${name}`).sort());
      const span = (name: string): { firstTimestamp: number; lastTimestamp: number } => metrics.find(({ metric }) => metric === `kale.${name}`)!;
      const newest = Math.max(...metrics.map(({ lastTimestamp }) => lastTimestamp));
      expect(Math.abs(newest - Date.now() / 1000)).toBeLessThan(30);
      expect(span('trimmed.long').lastTimestamp - span('web.requests').lastTimestamp).toBe(60 * 600);
    } finally {
      await product.stop();
    }
  }, 90_000);

  it('ends with 3 where no Redis answers, and with 2 without an address', async () => {
    expect(await runSkylark(['import', 'kale', '--redis', 'redis://127.0.0.1:1', '--data', join(folder, 'none')])).toMatchObject({ status: 3, stdout: '' });
    expect((await runSkylark(['import', 'kale'])).status).toBe(2);
  });
});

describe('skylark export kale', () => {
  it('leaves a Redis of Skyline\'s alone unless told otherwise', async (test) => {
    const { url } = await skylines(test);
    const data = ['--data', join(folder, 'small'), '--config', config];
    const csv = join(folder, 'one.csv');
    writeFileSync(csv, `timestamp,value\n${base},42\n`);
    fine(await runSkylark(['import', 'csv', csv, '--prefix', 'disk.used.', ...data]));
    const refused = await runSkylark(['export', 'kale', '--redis', url, ...data]);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/--overwrite/);
    expect(fine(await runSkylark(['export', 'kale', '--redis', url, '--overwrite', '--json', ...data]))).toBe('{"metrics":1,"datapoints":1}\n');
    const client = new Redis(url);
    expect((await client.getBuffer('metrics.disk.used.one'))?.toString('hex')).toBe('92ce6553f100cb4045000000000000');
    expect(await client.strlen('metrics.web.requests')).toBe(Buffer.from(byPython.full['web.requests']!, 'base64').length);
    client.disconnect();
  }, 60_000);
});
