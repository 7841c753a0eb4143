// Carbon lines over TCP from a process of its own, and Debian's carbon-cache as the other receiver. Used by benches; run with `send` it is the sender.
import { fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const stepSeconds = 10;
const chunkBytes = 64 * 1024;

export const nameOf = (metric) => `bench.dc${metric % 3}.rack${metric % 37}.host${metric}.cpu.user`;
/** One decimal, as most gauges have. */
export const valueOf = (metric, step) => ((metric * 7919 + step * 104729) % 10_000) / 10;

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === 'send') await sendWhenTold();

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

export async function startSender(metrics, datapoints, start) {
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

/** Reads every series back and checks each datapoint. */
export async function countBack(store, metrics, window) {
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

/** CPU seconds a process has used so far, user and system. */
export function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Debian's carbon-cache with every limit on creates and updates lifted; stored means in its whisper files. Null where it is not installed. */
export async function carbonCache(metrics, datapoints) {
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
    await listening(port, 'carbon-cache');
    const sender = await startSender(metrics, datapoints, Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds - stepSeconds * Math.ceil(datapoints / metrics));
    const cpuBefore = cpuSecondsOf(child.pid);
    const begun = performance.now();
    await sender.send(port);
    let stored = 0;
    let storedAt = performance.now();
    let cpu = cpuSecondsOf(child.pid);
    while (stored < datapoints && performance.now() - storedAt < 10_000) {
      const count = countWhisper(join(folder, 'whisper', 'bench'));
      if (count > stored) [stored, storedAt, cpu] = [count, performance.now(), cpuSecondsOf(child.pid)];
      await sleep(250);
    }
    return { perSecond: stored / ((storedAt - begun) / 1000), cpuMicroseconds: (1e6 * (cpu - cpuBefore)) / stored, metrics, datapoints, lost: datapoints - stored };
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

/** Resolves when somebody accepts connections there. */
export async function listening(port, who) {
  for (let tries = 0; tries < 1000; tries++) {
    const open = await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
      setTimeout(() => socket.destroy(), 100);
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`${who} does not listen`);
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
