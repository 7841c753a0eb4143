// Carbon lines over TCP until they are durable in the embedded store, counted back by reading; beside Debian's carbon-cache on the same lines.
// The sender is a process of its own that has built all bytes before the clock starts.
import { fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const stepSeconds = 10;
const chunkBytes = 64 * 1024;
/** Cases: metrics, datapoints. carbon-cache gets the first of them only, or it would take minutes. */
const cases = [[1000, 3_000_000], [10_000, 3_000_000], [100_000, 3_000_000]];
const baselineMetrics = 1000;
const baselineDatapoints = 300_000;

const nameOf = (metric) => `bench.dc${metric % 3}.rack${metric % 37}.host${metric}.cpu.user`;
/** One decimal, as most gauges have. */
const valueOf = (metric, step) => ((metric * 7919 + step * 104729) % 10_000) / 10;

if (process.argv[2] === 'send') await sendWhenTold();
else await bench();

/** The child: builds the lines, says so, and at `go` writes them as fast as the other side reads. */
async function sendWhenTold() {
  const [, , , metrics, datapoints, start] = process.argv.map(Number);
  const chunks = [];
  let text = '';
  for (let i = 0; i < datapoints; i++) {
    const [metric, step] = [i % metrics, Math.floor(i / metrics)];
    text += `${nameOf(metric)} ${valueOf(metric, step)} ${start + stepSeconds * step}\n`;
    if (text.length >= chunkBytes || i === datapoints - 1) {
      chunks.push(Buffer.from(text));
      text = '';
    }
  }
  process.on('message', ({ port }) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', async () => {
      for (const chunk of chunks) if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
      socket.end();
    });
    socket.resume().on('close', () => process.send('closed', () => process.exit(0)));
  });
  process.send('built');
}

async function startSender(metrics, datapoints, start) {
  const child = fork(fileURLToPath(import.meta.url), ['send', metrics, datapoints, start].map(String), { execArgv: [] });
  await new Promise((resolve) => child.once('message', resolve));
  return {
    /** Answers when the receiver has closed the connection: it has read everything. */
    send: (port) => {
      child.send({ port });
      return new Promise((resolve) => child.once('message', resolve));
    },
  };
}

async function bench() {
  const baseline = await carbonCache(baselineMetrics, baselineDatapoints);
  for (const [metrics, datapoints] of cases) {
    const result = await skylark(metrics, datapoints);
    const detail = { metrics, datapoints, readBack: result.readBack, lost: datapoints - result.readBack };
    print(`ingest carbon tcp to durable, ${metrics} metrics`, result.perSecond, 'datapoints/s', baseline && { name: `carbon-cache, ${baseline.metrics} metrics, of which it lost ${baseline.lost} of ${baseline.datapoints}`, value: baseline.perSecond }, detail);
    if (result.readBack !== datapoints) process.exitCode = 1;
  }
}

function print(name, value, unit, baseline, detail) {
  const rounded = Math.round(value);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  console.log(JSON.stringify({ name, value: rounded, unit, ...(baseline ? { baseline: { ...baseline, value: Math.round(baseline.value) }, ratio: Math.round((100 * value) / baseline.value) / 100 } : {}), ...detail, machine }));
}

async function skylark(metrics, datapoints) {
  const { createIntake, listenCarbonTcp } = await import('../../packages/horizon/dist/index.js');
  const { openEmbedded } = await import('../../packages/storage/dist/embedded/index.js');
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-ingest-'));
  const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined) };
  const logger = { debug() {}, info() {}, warn: console.error, error: console.error };
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger });
  const rules = { skip: [], keep: [], maxAgeSeconds: null, maxFutureSeconds: 600, maxNameBytes: 1024, maxMetrics: 2_000_000, newMetricsPerMinute: null };
  const intake = await createIntake({ store: backend.series, clock, logger, rules });
  const listener = await listenCarbonTcp({ host: '127.0.0.1', port: 0, intake, clock, logger });
  const start = Math.floor(Date.now() / 1000) - stepSeconds * Math.ceil(datapoints / metrics);
  const sender = await startSender(metrics, datapoints, start);
  const accepted = () => intake.samples().find(({ name, labels }) => name === 'skylark_ingest_accepted_total' && labels.protocol === 'carbon-tcp').value;
  const begun = performance.now();
  await sender.send(listener.address.port);
  await intake.flush();
  const seconds = (performance.now() - begun) / 1000;
  if (accepted() !== datapoints) throw new Error(`accepted ${accepted()} of ${datapoints}`);
  const readBack = await countBack(backend.series, metrics, { from: start, until: start + stepSeconds * datapoints });
  await listener.close();
  await intake.close();
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
  return { perSecond: datapoints / seconds, readBack };
}

/** Reads every series back and checks each datapoint. */
async function countBack(store, metrics, window) {
  let count = 0;
  for (let from = 0; from < metrics; from += 10_000) {
    const names = Array.from({ length: Math.min(10_000, metrics - from) }, (_, index) => nameOf(from + index));
    for (const [index, { timestamps, values }] of (await store.read(names, window)).entries()) {
      timestamps.forEach((timestamp, place) => {
        if (values[place] === valueOf(from + index, (timestamp - window.from) / stepSeconds)) count++;
      });
    }
  }
  return count;
}

/** Debian's carbon-cache with every limit on creates and updates lifted; stored means in its whisper files. */
async function carbonCache(metrics, datapoints) {
  if (!existsSync('/usr/bin/carbon-cache')) {
    console.error('carbon-cache is not installed (apt-get install graphite-carbon): no baseline');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-carbon-'));
  const port = await freePort();
  mkdirSync(join(folder, 'log'));
  writeFileSync(join(folder, 'storage-schemas.conf'), `[all]\npattern = .*\nretentions = ${stepSeconds}s:1d\n`);
  writeFileSync(join(folder, 'carbon.conf'), carbonConf(folder, port));
  const child = spawn('/usr/bin/carbon-cache', [`--config=${join(folder, 'carbon.conf')}`, '--nodaemon', 'start'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await listening(port);
    const sender = await startSender(metrics, datapoints, Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds - stepSeconds * Math.ceil(datapoints / metrics));
    const begun = performance.now();
    await sender.send(port);
    let stored = 0;
    let storedAt = performance.now();
    while (stored < datapoints && performance.now() - storedAt < 10_000) {
      const count = countWhisper(join(folder, 'whisper', 'bench'));
      if (count > stored) [stored, storedAt] = [count, performance.now()];
      await sleep(250);
    }
    return { perSecond: stored / ((storedAt - begun) / 1000), metrics, datapoints, lost: datapoints - stored };
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function carbonConf(folder, port) {
  return `[cache]
USER =
CONF_DIR = ${folder}
STORAGE_DIR = ${folder}
LOCAL_DATA_DIR = ${folder}/whisper
LOG_DIR = ${folder}/log
PID_DIR = ${folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_PORT = 0
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LOG_UPDATES = False
LOG_CREATES = False
ENABLE_TAGS = False
CARBON_METRIC_INTERVAL = 0
`;
}

/** Datapoints in all whisper files of a folder: 16 bytes of header, 12 per archive, then 12 per slot; an empty slot has timestamp 0. */
function countWhisper(folder) {
  if (!existsSync(folder)) return 0;
  let count = 0;
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.wsp')) continue;
    const bytes = readFileSync(join(folder, file));
    if (bytes.length < 16) continue;
    const first = 16 + 12 * bytes.readUInt32BE(12);
    for (let at = first; at + 12 <= bytes.length; at += 12) if (bytes.readUInt32BE(at) !== 0) count++;
  }
  return count;
}

async function listening(port) {
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
      setTimeout(() => socket.destroy(), 100);
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error('carbon-cache does not listen');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
