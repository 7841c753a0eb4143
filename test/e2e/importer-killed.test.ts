import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { silentLogger, type AnomalyFinding } from '@skylark/core';
import { openServers } from '@skylark/storage/servers';
import { realClock } from '../clock.js';
import { type RunningProduct, startSkylark } from '../product.js';
import { requireProgram } from '../requirements.js';
import { removePrefix } from '../servers/elasticsearch/remove-prefix.js';
import { startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';

const kills = process.env['SKYLARK_SOAK'] === undefined ? 2 : 10;
/** Of a dead one's lease, and a second until the other looks. */
const leaseSeconds = 11;
/** For a machine on which other tests run, too. */
const slackSeconds = 8;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const finding = (id: string): AnomalyFinding => {
  const start = Math.floor(Date.now() / 1000) - 60;
  return { id, metric: 'web.latency', kind: 'deviation', state: 'closed', start, end: start + 30, peak: start, value: 1, score: 60, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: start, updated: start };
};

it(`of two importers the other one goes on when one is killed, ${kills} times: nothing waits longer than the dead one's lease`, async (test) => {
  requireProgram('redis-server', 'redis-server', test);
  const elasticsearch = await sharedServer('elasticsearch', test);
  const redis = await startRedis();
  ends.push(() => redis.stop());
  const prefix = `killed-${process.pid}`;
  const store = await openServers({ redis: { url: redis.url, ack: 'local', prefix }, elasticsearch: { node: elasticsearch, prefix }, retentionSeconds: 86_400, clock: realClock, logger: silentLogger });
  ends.push(() => removePrefix(elasticsearch, prefix), () => store.close());
  const environment = { SKYLARK_REDIS__URL: redis.url, SKYLARK_REDIS__PREFIX: prefix, SKYLARK_ELASTICSEARCH__NODE: elasticsearch, SKYLARK_ELASTICSEARCH__PREFIX: prefix };
  const start = (): Promise<RunningProduct> => startSkylark({ args: ['--backend', 'servers', '--target', 'importer'], environment });
  const running = new Set(await Promise.all([start(), start()]));
  ends.push(() => Promise.all([...running].map((one) => one.stop())));
  const indexedBy = async (one: RunningProduct): Promise<number> => Number(/^skylark_index_documents_total (\d+)$/m.exec(await (await fetch(`${one.url}/metrics`)).text())?.[1] ?? 0);
  let made = 0;
  /** Seconds until a new anomaly is indexed. */
  const indexed = async (): Promise<number> => {
    const id = `a-${(made += 1)}`;
    await store.anomalies.record([finding(id)]);
    const began = performance.now();
    while ((await store.index.get([id])).length === 0) {
      if (performance.now() - began > 60_000) throw new Error(`${id} is not indexed`);
      await sleep(50);
    }
    return (performance.now() - began) / 1000;
  };
  const seconds: number[] = [];
  await indexed();
  for (let kill = 0; kill < kills; kill += 1) {
    const before = new Map(await Promise.all([...running].map(async (one) => [one, await indexedBy(one)] as const)));
    await indexed();
    const [atWork] = (await Promise.all([...running].map(async (one) => ({ one, did: (await indexedBy(one)) - before.get(one)! })))).sort((a, b) => b.did - a.did);
    await atWork!.one.end('SIGKILL');
    await atWork!.one.stop();
    running.delete(atWork!.one);
    seconds.push(Math.round((await indexed()) * 10) / 10);
    running.add(await start());
  }
  console.log(JSON.stringify({ name: 'importer-killed', value: Math.max(...seconds), unit: 's until the other one indexes', kills, seconds }));
  expect(Math.max(...seconds)).toBeLessThan(leaseSeconds + slackSeconds);
  expect(await store.index.count()).toBeLessThanOrEqual(made);

  // Asked to end, it gives the work back: nobody waits.
  const [first] = running;
  await Promise.all([...running].filter((one) => one !== first).map((one) => one.stop()));
  await first!.stop();
  running.clear();
  running.add(await start());
  expect(await indexed()).toBeLessThan(leaseSeconds / 2);
}, 120_000 + kills * 60_000);
