// A round over the embedded store, per minute of metrics at 10 s: datapoint by datapoint (ensemble default), and the nine by their screen beside the nine
// reading every window, in the same run. Sizes can be given: node test/bench/rounds.mjs 1000 250000 (above 20,000 the default ensemble alone, on a short history).
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultDetector, defaultEnsembleSettings, nineScreen } from '../../packages/algorithms/dist/index.js';
import { createAnalyzer, defaultAnalyzerSettings } from '../../packages/analyzer/dist/index.js';
import { openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const sizes = process.argv.slice(2).map(Number).filter((size) => size > 0);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const [resolution, perMinute, rounds, firstSlot] = [10, 6, 5, 28_000_000];
const clockAt = (now) => ({ now, elapsedMs: () => performance.now(), sleep: (ms, signal) => (ms <= 0 ? new Promise((resolve) => void setImmediate(resolve)) : sleep(ms, undefined, { signal }).catch(() => undefined)) });
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const say = (name, value, unit, baseline) => console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit, ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toPrecision(4)) }, ratio: Number((baseline.value / value).toFixed(2)) }), machine }));

/** What a minute of all metrics is: eight kinds, none odd but by chance. */
let state = 1;
const random = () => (((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 8) / 2 ** 24);
const normal = () => random() + random() + random() + random() - 2;
const kinds = [(at) => 50 + 20 * Math.sin(at / 13751) + normal(), () => 20 * Math.exp(0.3 * normal()), () => Math.round(30 + 2 * normal()), () => (random() < 0.1 ? Math.ceil(5 * random()) : 0), (at) => (at % 360 < 30 ? 80 : 20) + 3 * normal(), () => 0, () => 100 + normal(), (at) => Math.round(at - 1.6e9) + 3 * normal()];

async function fill(series, handles, from, until) {
  const length = handles.length * Math.ceil((until - from) / resolution);
  const batch = { handles: new Uint32Array(length), timestamps: new Float64Array(length), values: new Float64Array(length), length };
  let i = 0;
  for (let at = from; at < until; at += resolution) for (let metric = 0; metric < handles.length; metric += 1, i += 1) {
    batch.handles[i] = handles[metric];
    batch.timestamps[i] = at;
    batch.values[i] = kinds[metric % kinds.length](at);
  }
  await series.append(batch);
}

/** Milliseconds a round, median; the first one, which goes through history, apart. */
async function measure(metrics, historyMinutes, { ensemble, screened }) {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-'));
  let now = firstSlot * 60;
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock: clockAt(() => now), logger: quiet });
  const { series, anomalies: log, queue, state: records, snapshots } = backend;
  const handles = await series.handles(Array.from({ length: metrics }, (_, i) => `dc${i % 3}.host-${i % 500}.service.metric-${i}`));
  for (let minute = -historyMinutes; minute < 0; minute += 1) {
    now = (firstSlot + minute) * 60;
    await fill(series, handles, now - 50, now + 1);
    if (minute % 20 === 0) for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, now + 2 * 86_400);
  }
  const settings = { ...defaultAnalyzerSettings, screened, ensemble: { ...defaultEnsembleSettings, ensemble } };
  const analyzer = createAnalyzer({ series, log, queue, state: records, snapshots, clock: clockAt(() => now), logger: quiet, settings });
  const before = process.memoryUsage();
  const took = [];
  const cpu = [];
  for (let round = 0; round <= rounds || behind(analyzer) > 0; round += 1) {
    now = (firstSlot + round) * 60;
    await fill(series, handles, now - 50, now + 1);
    now += 2;
    const [began, used] = [performance.now(), process.cpuUsage()];
    for (let shard = 0; shard < series.shards; shard += 1) await analyzer.judgeShard(shard, firstSlot + round);
    took.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  global.gc?.();
  const { rss, arrayBuffers } = process.memoryUsage();
  await backend.close();
  rmSync(folder, { recursive: true });
  return { first: took[0], ms: median(took.slice(-rounds)), cpu: median(cpu.slice(-rounds)), bytes: (arrayBuffers - before.arrayBuffers) / metrics, rss };
}

const behind = (analyzer) => analyzer.samples().find(({ name }) => name === 'skylark_series_behind')?.value ?? 0;

for (const metrics of sizes.length > 0 ? sizes : [1000, 10_000]) {
  const large = metrics > 20_000;
  const history = large ? 15 : 120;
  const byDatapoint = await measure(metrics, history, { ensemble: 'default', screened: true });
  say(`round default, ${metrics} metrics, a minute at 10 s`, byDatapoint.ms / 1000, 's');
  say(`round default, ${metrics} metrics, processor time`, byDatapoint.cpu / 1000, 's');
  say(`round default, ${metrics} metrics, per datapoint`, (byDatapoint.ms * 1000) / (metrics * perMinute), 'us');
  say(`round default, ${metrics} metrics, first (history of ${history} min)`, byDatapoint.first / 1000, 's');
  say('state default, a metric', defaultDetector.stateLength * 8, 'bytes', { name: 'the screen of the nine', value: nineScreen(86_400).stateLength * 8 });
  if (large) continue;
  const windows = await measure(metrics, history, { ensemble: 'nine', screened: false });
  const screened = await measure(metrics, history, { ensemble: 'nine', screened: true });
  say(`round nine by screen, ${metrics} metrics, windows of ${history} min`, screened.ms / 1000, 's', { name: 'the nine, every window read', value: windows.ms / 1000 });
}
