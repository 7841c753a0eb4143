// What a role takes when it runs apart: memory of each process after two rounds, the time of a round, what Redis holds; beside the same datapoints in one process on the embedded backend.
import { setTimeout as sleep } from 'node:timers/promises';
import { startSender, stepSeconds } from './parts/carbon.mjs';
import { removeFolder, startProduct, waitFor } from './parts/product.mjs';
import { openStore, print, startRedis, usedMemory } from './parts/redis.mjs';

/** Metrics, datapoints. */
const cases = [[1000, 3_000_000], [10_000, 3_600_000]];
const interval = { SKYLARK_ANALYZER__INTERVAL: '30s' };
const rounds = 2;

for (const [metrics, datapoints] of cases) {
  const redis = await startRedis();
  if (!redis) break;
  const together = await oneProcess(metrics, datapoints);
  await apart(redis, { metrics, datapoints, together });
  await redis.stop();
}

async function feed(port, url, metrics, datapoints) {
  const sender = await startSender(metrics, datapoints, Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds - stepSeconds * Math.ceil(datapoints / metrics));
  await sender.send(port);
  await waitFor(async () => Number(/^skylark_ingest_accepted_total\{protocol="carbon-tcp"\} (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0) >= datapoints, 300);
}

async function lastRound(url) {
  return (await (await fetch(`${url}/api/v1/status`)).json()).lastRound;
}

/** The rounds that are judged after now; answers the last. */
async function judged(url) {
  const { slot } = await waitFor(async () => (await lastRound(url)) ?? false, 300);
  return waitFor(async () => {
    const round = await lastRound(url);
    return round.slot >= slot + rounds ? round : false;
  }, 300);
}

async function oneProcess(metrics, datapoints) {
  const product = await startProduct([], { variables: interval });
  await feed(product.carbonPort, product.url, metrics, datapoints);
  const round = await judged(product.url);
  const rss = product.rss();
  await product.end();
  removeFolder(product.folder);
  return { rss, tookMs: round.tookMs };
}

async function apart(redis, { metrics, datapoints, together }) {
  // No anomaly is indexed here: what an index takes is the bench `oculus`.
  const variables = { ...interval, SKYLARK_REDIS__URL: redis.url, SKYLARK_ELASTICSEARCH__NODE: 'http://127.0.0.1:1' };
  const start = (target) => startProduct(['--backend', 'servers', '--target', target], { variables });
  const horizon = await start('horizon');
  await feed(horizon.carbonPort, horizon.url, metrics, datapoints);
  const roles = { horizon, 'analyzer-1': await start('analyzer'), 'analyzer-2': await start('analyzer'), importer: await start('importer'), api: await start('api') };
  const round = await judged(roles.api.url);
  const detail = { metrics, datapoints };
  for (const [name, { rss }] of Object.entries(roles)) print(`memory of ${name}, ${metrics} metrics`, rss() / 2 ** 20, 'MiB', { name: 'all roles in one process', value: together.rss / 2 ** 20 }, detail, 1);
  print(`a round by two analyzers from Redis, ${metrics} metrics`, round.tookMs, 'ms', { name: 'one process, embedded', value: together.tookMs }, detail);
  const { connection } = await openStore(redis.url);
  await sleep(1000);
  print(`memory of redis with everything in it, ${metrics} metrics`, (await usedMemory(connection)) / datapoints, 'bytes/datapoint', { name: '16-byte records', value: 16 }, { ...detail, sealed: false }, 2);
  await connection.close();
  for (const { end, folder } of Object.values(roles)) {
    await end();
    removeFolder(folder);
  }
}
