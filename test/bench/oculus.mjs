// Oculus mode: the last hour of every live series (60 datapoints each) from a store into a real Elasticsearch on the same cores, counted back on the server. Beside it one document
// a request on the same server (extrapolated), and Oculus' own published figure for as many series, which took up to 187 workers.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runnerImport } from 'vite';
import { createLiveImporter } from '../../packages/importer/dist/index.js';
import { openElasticsearchIndex } from '../../packages/storage/dist/elasticsearch/open-elasticsearch-index.js';
import { openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const seriesCount = Number(process.argv[2] ?? 250_578);
const points = 60;
/** The first run also warms the server up; each replaces the generation before. */
const runs = 3;
const singles = 2000;
const oculusSeconds = 36.6;
const start = 1_700_000_000;
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
/** Stands at the end of the data; sleeps and durations are real. */
const clock = { now: () => start, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined) };
const logger = { debug() {}, info() {}, warn: console.error, error: console.error };
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const print = (name, value, unit, baseline, detail = {}) => console.log(JSON.stringify({
  name, value: Number(value.toFixed(2)), unit, ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toFixed(2)) }, ratio: Number((baseline.value / value).toFixed(2)) }), ...detail, machine,
}));

const { module: servers } = await runnerImport(new URL('../servers/elasticsearch.ts', import.meta.url).pathname, { logLevel: 'error' });
const server = await servers.startElasticsearch();
if ('missing' in server) {
  console.error(`${server.missing}: no figures`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-oculus-'));
  try {
    await measure(folder);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder) {
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger });
  await fill(backend.series);
  const index = await openElasticsearchIndex({ node: server.url, clock, logger, random: Math.random });
  const live = createLiveImporter({ index, series: backend.series, state: backend.state, clock, logger, random: Math.random });
  const took = [];
  const cpu = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    const { documents, failures, tookMs } = await live.importOnce();
    const { user, system } = process.cpuUsage(before);
    const counted = await countOf('skylark-live');
    if (documents !== seriesCount || counted !== seriesCount || failures.length > 0) throw new Error(`${documents} indexed, ${counted} counted, ${failures.length} refused, of ${seriesCount}`);
    took.push(tookMs / 1000);
    cpu.push((user + system) / 1e6);
  }
  const alone = await oneByOne(index);
  const detail = { series: seriesCount, points, runs: took.map((seconds) => Number(seconds.toFixed(2))), importerCpuSeconds: Number(median(cpu).toFixed(2)), peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
  print('oculus mode', median(took), 's', { name: 'Oculus as published, up to 187 workers', value: oculusSeconds * (seriesCount / 250_578) }, detail);
  print('oculus mode, documents', seriesCount / median(took), 'documents/s', undefined);
  print('oculus mode, against one document a request', median(took), 's', { name: `one document a request, extrapolated from ${singles}`, value: alone * seriesCount });
  await index.close();
  await backend.close();
}

/** Names as a company's are; waves with noise, two decimals. Sealed, as a store is an hour later. */
async function fill(series) {
  let seed = 1;
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const atOnce = 4000;
  for (let first = 0; first < seriesCount; first += atOnce) {
    const count = Math.min(atOnce, seriesCount - first);
    const handles = await series.handles(Array.from({ length: count }, (_, i) => `web.host-${(first + i) % 500}.service-${Math.floor((first + i) / 500)}.latency`));
    const length = count * points;
    const batch = { handles: new Uint32Array(length), timestamps: new Float64Array(length), values: new Float64Array(length), length };
    for (let k = 0; k < length; k += 1) {
      const [point, i] = [Math.floor(k / count), k % count];
      batch.handles[k] = handles[i];
      batch.timestamps[k] = start - 3600 + point * 60;
      batch.values[k] = Math.round(100 * (50 + 20 * Math.sin((point + i) / 9) + 10 * random())) / 100;
    }
    await series.append(batch);
  }
  for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, start + 7200);
}

async function countOf(alias) {
  return (await (await fetch(`${server.url}/${alias}/_count`)).json()).count;
}

/** Seconds a document, each in a request of its own over one connection, as it was before bulks. */
async function oneByOne(index) {
  const documents = await index.candidates({ by: 'all' }, { limit: singles, generation: 'live' });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${server.url}/singles`, { method: 'PUT', headers, body: JSON.stringify({ settings: { refresh_interval: '-1' } }) });
  const since = performance.now();
  for (const { id, metric, from, until, fingerprint, timestamps, values } of documents) {
    const body = JSON.stringify({ id, metric, from, until, fingerprint, timestamps: [...timestamps], values: [...values] });
    const reply = await fetch(`${server.url}/singles/_doc/${encodeURIComponent(id)}`, { method: 'PUT', headers, body });
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
    await reply.arrayBuffer();
  }
  return (performance.now() - since) / 1000 / documents.length;
}
