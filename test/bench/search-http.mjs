// Searches over HTTP while datapoints come in: 100,000 live series with an hour of history, fed over carbon TCP at 20,000 datapoints/s by a process of its own.
// Says what a search takes, whether the ingest rate suffers, how long the event loop is held up, and what share of the cores the sender takes.
// Then the same for what leads, follows or goes the other way ("lagged": five minutes either way, upside down), and of a few such searches recall against reading every series of the store.
// node test/bench/search-http.mjs [series] [datapoints/s] [seconds]
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const say = (name, value, unit, baseline, more) => console.log(JSON.stringify({
  name, value: Number(value.toPrecision(4)), unit, ...(baseline && { baseline, ratio: Number((value / baseline.value).toFixed(3)) }), ...more, machine,
}));
const nameOf = (i) => `bench.dc${i % 3}.rack${i % 37}.host${i}.load`;
/** What a series does: a kind, a phase and a noise of its own, the same in both processes. */
function valueOf(i, at) {
  const noise = (((i * 7919 + Math.floor(at) * 104_729) >>> 0) % 1000) / 1000;
  const part = at / 3600;
  switch (i % 4) {
    case 0: return 50 + 20 * Math.sin(2 * Math.PI * (part * (1 + (i % 5)) + i / 97)) + 5 * noise;
    case 1: return 10 * Math.sin(part * (3 + (i % 11)) + i) + 8 * Math.sin(part * 17 + i * 1.7) + 3 * Math.sin(part * 41 + i * 0.3) + noise;
    case 2: return 100 + (at % 1800 > (i % 1800) ? 30 : 0) + 4 * noise;
    default: return 20 * noise;
  }
}

if (process.argv[2] === 'send') await send(...process.argv.slice(3));
else await bench(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 20_000), Number(process.argv[4] ?? 60));

/** Every series in turn, so many lines a second in tenths of a second. */
async function send(port, series, perSecond) {
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  await new Promise((resolve) => socket.once('connect', resolve));
  const since = performance.now();
  let [sent, stopping] = [0, false];
  process.on('message', (message) => {
    if (message === 'stop') stopping = true;
    process.send({ sent, cpuMs: cpuMs() });
  });
  for (let slice = 1; !stopping; slice += 1) {
    const due = Math.floor((slice * perSecond) / 10);
    const at = Math.floor(Date.now() / 1000);
    let text = '';
    for (; sent < due; sent += 1) text += `${nameOf(sent % series)} ${valueOf(sent % series, at).toFixed(2)} ${at}\n`;
    if (!socket.write(text)) await new Promise((resolve) => socket.once('drain', resolve));
    await sleep(Math.max(0, since + slice * 100 - performance.now()));
  }
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  process.exit(0);
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function bench(series, perSecond, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-'));
  try {
    await writeHistory(folder, series);
    const product = await startProduct(folder);
    try {
      await measure(product, { series, perSecond, seconds });
    } finally {
      product.child.kill('SIGTERM');
      await product.ended;
    }
    await recall(folder, series);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An hour and a bit, a datapoint each 30 s, straight into the store. */
async function writeHistory(folder, series) {
  const { openEmbedded } = await import('../../packages/storage/dist/embedded/index.js');
  const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms) => sleep(ms) };
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: { debug() {}, info() {}, warn() {}, error: console.error } });
  const handles = await backend.series.handles(Array.from({ length: series }, (_, i) => nameOf(i)));
  const batch = { handles, timestamps: new Float64Array(series), values: new Float64Array(series), length: series };
  const until = Math.floor(Date.now() / 1000) - 30;
  for (let at = until - 4000; at <= until; at += 30) {
    for (let i = 0; i < series; i += 1) {
      batch.timestamps[i] = at - (i % 30);
      batch.values[i] = valueOf(i, at - (i % 30));
    }
    await backend.series.append(batch);
  }
  await backend.close();
}

async function startProduct(folder) {
  const ready = join(folder, 'ready.json');
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../packages/skylark/bin/skylark.js', import.meta.url)), 'up', '--data', join(folder), '--port', '0', '--ready-file', ready], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0', SKYLARK_HORIZON__UDP__PORT: '0' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; tries < 1200; tries += 1) {
    try {
      const addresses = JSON.parse(readFileSync(ready, 'utf8'));
      return { child, ended, url: `http://${addresses.http}`, carbon: addresses.carbon.split(':').at(-1) };
    } catch {
      await sleep(100);
    }
  }
  throw new Error('not ready within two minutes');
}

async function figures(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name, label = '') => text.split('\n').filter((line) => line.startsWith(name) && line.includes(label)).reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { accepted: sum('skylark_ingest_accepted_total', 'carbon-tcp'), filled: sum('skylark_live_index_filled_ratio'), held: sum('skylark_live_index_series'), loop99: sum('skylark_event_loop_delay_seconds', '0.99'), bytes: sum('skylark_live_index_bytes') };
}

async function measure({ url, carbon }, { series, perSecond, seconds }) {
  const started = performance.now();
  while ((await figures(url)).filled < 1) await sleep(500);
  say(`search over HTTP: live index of ${series} filled from the store`, (performance.now() - started) / 1000, 's');
  const sender = fork(fileURLToPath(import.meta.url), ['send', carbon, series, perSecond].map(String), { execArgv: [] });
  const ask = (message) => new Promise((resolve) => {
    sender.once('message', resolve);
    sender.send(message);
  });
  await sleep(10_000);
  const before = await span(url, ask, seconds / 2);
  const [during, latencies] = await Promise.all([span(url, ask, seconds), searches(url, { series, seconds, more: {}, fine: ({ length }) => length === 128 })]);
  const [moving, shifted] = await Promise.all([span(url, ask, seconds / 2), searches(url, { series, seconds: seconds / 2, more: { maxLagSeconds: 300, mirrored: true }, fine: ({ stages, partial }) => partial === null && stages.some(({ name }) => name === 'lagged shortlist') })]);
  await ask('stop');
  sayLatencies(`search over HTTP, ${series} live series fed at ${perSecond}/s, p99`, latencies, seconds);
  sayLatencies(`search over HTTP, 300 s either way and upside down, ${series} live series fed at ${perSecond}/s, p99`, shifted, seconds / 2);
  say('search over HTTP: ingest while searching either way', moving.rate, 'datapoints/s', { name: 'ingest alone', value: Number(before.rate.toFixed(0)) });
  say('search over HTTP: event loop p99 while searching either way', moving.loop99 * 1000, 'ms', { name: 'without searches', value: Number((before.loop99 * 1000).toFixed(1)) });
  say('search over HTTP: ingest while searching', during.rate, 'datapoints/s', { name: 'ingest alone', value: Number(before.rate.toFixed(0)) });
  say('search over HTTP: event loop p99 while searching', during.loop99 * 1000, 'ms', { name: 'without searches', value: Number((before.loop99 * 1000).toFixed(1)) });
  say("search over HTTP: the sender's share of the cores", (100 * during.senderCpuMs) / (seconds * 1000 * cpus().length), '%');
  say('search over HTTP: index memory', during.bytes / during.held, 'bytes/series');
  const wrong = [...latencies, ...shifted].filter(({ fine }) => !fine).length;
  if (wrong > 0) throw new Error(`${wrong} of ${latencies.length + shifted.length} searches were not answered by the index`);
}

function sayLatencies(what, latencies, seconds) {
  const sorted = latencies.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const stages = latencies.at(-1)?.stages.map(({ name, candidates, tookMs }) => `${name} ${candidates} ${tookMs.toFixed(1)} ms`);
  say(what, at(0.99), 'ms', undefined, { median: Number(at(0.5).toFixed(1)), p90: Number(at(0.9).toFixed(1)), worst: Number(sorted.at(-1).toFixed(1)), searches: sorted.length, perSecond: Number((sorted.length / seconds).toFixed(1)), lastStages: stages });
}

/** The first ten by the live index beside the first ten of every series read, over the store as the product left it. */
async function recall(folder, series) {
  const { openEmbedded } = await import('../../packages/storage/dist/embedded/index.js');
  const { createLiveShapes, createScorer, openSearchCrew } = await import('../../packages/scorer/dist/index.js');
  const until = Math.floor(Date.now() / 1000) - 5;
  const clock = { now: () => until, elapsedMs: () => performance.now(), sleep: (ms) => sleep(ms) };
  const logger = { debug() {}, info() {}, warn() {}, error: console.error };
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger });
  const crew = await openSearchCrew({ simd: true, threads: cpus().length - 1, maximumBytes: 2 ** 30, logger });
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger };
  const live = createLiveShapes({ series: backend.series, crew, clock, logger });
  const stopping = new AbortController();
  const running = live.run(stopping.signal);
  while (live.samples().find(({ name }) => name === 'skylark_live_index_filled_ratio').value < 1) await sleep(200);
  const [short, whole] = [createScorer({ ...ports, live }), createScorer(ports)];
  // Rhythms, waves and steps; and, apart, what is nothing but noise, of which the index' resolution leaves little.
  const asked = { shapes: [4, 1, 1002, 5001], noise: [5003] };
  for (const [method, kind] of [['dtw', 'shapes'], ['euclidean', 'shapes'], ['dtw', 'noise']]) {
    const found = [];
    const took = [];
    for (const i of asked[kind].filter((one) => one < series)) {
      const request = { metric: nameOf(i), from: until - 3600, until, scope: 'live', method, maxLagSeconds: 300, mirrored: true };
      const [some, all] = [await short.search(request), await whole.search(request)];
      if (!some.stages.some(({ name }) => name === 'lagged shortlist')) throw new Error('not answered by the index');
      found.push(all.matches.filter(({ metric }) => some.matches.some((match) => match.metric === metric)).length / all.matches.length);
      took.push({ some: some.tookMs, all: all.tookMs });
    }
    const meanOf = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
    say(`search 300 s either way and upside down, ${series} live series, ${kind}, ${method}: recall@10 against reading all`, meanOf(found), '', undefined, { queries: found, tookMs: Math.round(meanOf(took.map(({ some }) => some))), readingAllMs: Math.round(meanOf(took.map(({ all }) => all))) });
  }
  stopping.abort();
  await running;
  await crew.close();
  await backend.close();
}

/** Datapoints accepted and the worst event-loop delay over a span. */
async function span(url, ask, seconds) {
  const [first, sender] = [await figures(url), await ask('count')];
  const since = performance.now();
  let loop99 = 0;
  while (performance.now() - since < seconds * 1000) {
    await sleep(1000);
    loop99 = Math.max(loop99, (await figures(url)).loop99);
  }
  const [last, after] = [await figures(url), await ask('count')];
  const elapsed = (performance.now() - since) / 1000;
  return { rate: (last.accepted - first.accepted) / elapsed, loop99, senderCpuMs: after.cpuMs - sender.cpuMs, bytes: last.bytes, held: last.held };
}

/** Two people who search without pause. */
async function searches(url, { series, seconds, more, fine }) {
  const until = performance.now() + seconds * 1000;
  const answers = [];
  const person = async (first) => {
    for (let i = first; performance.now() < until; i += 7919) {
      const since = performance.now();
      const response = await fetch(`${url}/api/v1/search`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metric: nameOf(i % series), scope: 'live', ...more }) });
      const answer = await response.json();
      answers.push({ ms: performance.now() - since, stages: answer.stages ?? [], fine: response.ok && fine(answer) && answer.matches.length === 10 && answer.total > series / 2 });
      await sleep(50);
    }
  };
  await Promise.all([person(1), person(104_729)]);
  return answers;
}
