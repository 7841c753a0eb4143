// Appends numbered batches to a store until it is ended, and says on stdout which are acknowledged. Run on the build: node storage-writer.mjs FOLDER [OPTIONS as JSON]
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const folder = process.argv[2];
const { from = 0, until = Infinity, metrics = 40, sealEvery = 7, pauseMs = 0, fields = 8 } = JSON.parse(process.argv[3] ?? '{}');

const clock = {
  now: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined),
};
const say = (line) => writeSync(1, `${line}\n`);
const logger = { debug() {}, info() {}, warn: (event, more) => say(`warn ${event} ${JSON.stringify(more)}`), error: (event, more) => say(`error ${event} ${JSON.stringify(more)}`) };
process.on('unhandledRejection', (error) => {
  say(`unhandled ${error}`);
  process.exit(70);
});

const base = 470_000 * 3600;
let backend;
try {
  backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger, shards: fields });
} catch (error) {
  say(`refused ${error.code} ${error.message}`);
  process.exit(3);
}
const { series, state, anomalies } = backend;
const names = Array.from({ length: metrics }, (_, i) => `metric.${i}`);
const handles = await series.handles(names);
const other = await openEmbedded({ folder, retentionSeconds: null, clock, logger: { debug() {}, info() {}, warn() {}, error() {} }, role: 'thread' });
say(`pid ${process.pid}`);
say('ready');
process.on('SIGTERM', () => other.close().then(() => backend.close()).then(() => process.exit(0)));
process.on('SIGUSR2', async () => {
  const [first] = await series.read([names[0]], { from: 0, until: 2 ** 32 });
  say(`health ${JSON.stringify({ checks: await backend.health(), otherThread: await other.state.set('other', 1, null).then(() => 'written', (error) => error.code), read: first.timestamps.length })}`);
});

const finding = (n) => ({ id: `a-${n}`, metric: names[0], kind: 'deviation', state: 'open', start: n, end: null, peak: n, value: n, score: 50, expected: null, votes: {}, detectors: [], explanation: 'x', lastFlagged: n, updated: n });
/** Batch n: one datapoint a metric, at base + n, its value n x 1000 + the metric's number. */
for (let n = from; n < until; n += 1) {
  const timestamps = new Float64Array(metrics).fill(base + n * 10);
  const values = Float64Array.from(names, (_, i) => n * 1000 + i);
  for (;;) {
    try {
      await series.append({ handles, timestamps, values, length: metrics });
      say(`ack ${n}`);
      await state.set('last', n, null);
      await anomalies.record([finding(n)]);
      say(`rest ${n}`);
      break;
    } catch (error) {
      say(`failed ${error.code}`);
      if (error.code === 'store-failed') process.exitCode = 4;
      await sleep(50);
    }
  }
  if (n % sealEvery === sealEvery - 1) {
    for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, clock.now() + 86_400).catch((error) => say(`failed ${error.code}`));
    say(`sealed ${n}`);
  }
  if (pauseMs > 0) await sleep(pauseMs);
}
await other.close();
await backend.close();
say('closed');
