import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startSkylark } from '../product.js';
import { requireProgram } from '../requirements.js';
import { startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';
import { removePrefix } from '../servers/elasticsearch/remove-prefix.js';
import { sendCarbon } from './roles/carbon-lines.js';
import { eventually } from './roles/deployment.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const metrics = Array.from({ length: 30 }, (_, i) => `quiet.${i}`);
/** Never the same twice in a row, and nothing to speak of. */
const valueAt = (metric: number, second: number): number => 100 + ((second * 7 + metric * 13) % 11) + ((second * (metric + 3)) % 7);
const linesAt = (second: number): string => metrics.map((name, i) => `${name} ${valueAt(i, second)} ${second}\n`).join('');

interface Status {
  readonly lastRound: { readonly slot: number; readonly series: number } | null;
}

it('a Redis emptied under a running Skylark: series are new, rounds go on, and nothing is taken for an anomaly (row 11)', async (test) => {
  requireProgram('redis-server', 'redis-server', test);
  const elasticsearch = await sharedServer('elasticsearch', test);
  const redis = await startRedis();
  ends.push(() => redis.stop());
  const prefix = `emptied-${process.pid}`;
  ends.push(() => removePrefix(elasticsearch, prefix));
  const environment = { SKYLARK_REDIS__URL: redis.url, SKYLARK_ELASTICSEARCH__NODE: elasticsearch, SKYLARK_ELASTICSEARCH__PREFIX: prefix, SKYLARK_ANALYZER__INTERVAL: '5s' };
  const skylark = await startSkylark({ args: ['--backend', 'servers'], environment });
  ends.push(() => skylark.stop());
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${skylark.url}${path}`)).json()) as T;
  const found = async (): Promise<string[]> => (await get<{ anomalies: { metric: string; kind: string }[] }>('/api/v1/anomalies?state=all&limit=1000')).anomalies.map(({ metric, kind }) => `${metric} ${kind}`).filter((line) => line.startsWith('quiet.'));
  const roundAfter = (what: string, slot: number): Promise<number> => eventually(what, 90, async () => {
    const { lastRound } = await get<Status>('/api/v1/status');
    return lastRound !== null && lastRound.slot >= slot && lastRound.series >= metrics.length;
  });
  const slotNow = (): number => Math.floor(Date.now() / 5000);

  const now = Math.floor(Date.now() / 1000);
  await sendCarbon(skylark.addresses.carbon, Array.from({ length: 600 }, (_, i) => linesAt(now - 2 * (600 - i))).join(''));
  const feeding = new AbortController();
  const fed = (async () => {
    for (; !feeding.signal.aborted; await sleep(2000)) await sendCarbon(skylark.addresses.carbon, linesAt(Math.floor(Date.now() / 1000))).catch(() => undefined);
  })();
  ends.push(async () => {
    feeding.abort();
    await fed;
  });
  await roundAfter('rounds of what is known', slotNow() + 1);
  expect(await found()).toEqual([]);

  await redis.command('FLUSHALL');
  await roundAfter('rounds of what is new', slotNow() + 5);
  expect(await found()).toEqual([]);
  await eventually('it is ready', 30, async () => (await fetch(`${skylark.url}/readyz`)).status === 200);
  const { timestamps } = await get<{ timestamps: number[] }>(`/api/v1/series?metric=quiet.3&from=${now - 3600}&until=${now + 3600}`);
  expect(timestamps.length).toBeGreaterThan(3);
  expect(Math.min(...timestamps)).toBeGreaterThanOrEqual(now);
  expect(skylark.child.exitCode).toBeNull();
}, 240_000);
