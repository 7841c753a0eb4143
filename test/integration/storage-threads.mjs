// Four threads of one process on one folder; the main thread says what came of it. node storage-threads.mjs FOLDER
import { rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openEmbedded, verifyFolder } from '../../packages/storage/dist/embedded/index.js';

const folder = isMainThread ? process.argv[2] : workerData.folder;
const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined) };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const open = (role) => openEmbedded({ folder, retentionSeconds: null, clock, logger: quiet, role, shards: 8 });
const base = 470_000 * 3600;
const batches = 120;
const always = { from: 0, until: 2 ** 32 };
const namesOf = (thread) => Array.from({ length: 50 }, (_, i) => `t${thread}.m${i}`);

/** Appends to metrics of its own and one of all, removes and brings back one, reads its own after each append. */
async function work(backend, thread, seals) {
  const { series } = backend;
  const names = namesOf(thread);
  const handles = await series.handles([...names, 'shared', `t${thread}.gone`]);
  let wrong = 0;
  for (let n = 0; n < batches; n += 1) {
    const length = handles.length;
    await series.append({ handles, timestamps: new Float64Array(length).fill(base + n * 20 + thread), values: new Float64Array(length).fill(n), length });
    const own = names[n % names.length];
    const [read, gone] = await series.read([own, `t${thread}.gone`], always);
    if (read.timestamps.length !== n + 1 || read.values.at(-1) !== n || gone.values.at(-1) !== n) wrong += 1;
    if (n % 10 === 9) await series.remove([`t${thread}.gone`]);
    if (seals && n % 5 === 4) for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, clock.now() + 86_400);
  }
  return wrong;
}

if (isMainThread) {
  const backend = await open('owner');
  const threads = [1, 2, 3].map((thread) => new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { folder, thread } });
    let wrong = NaN;
    worker.on('message', (message) => (wrong = message));
    worker.on('error', reject);
    worker.on('exit', () => resolve(wrong));
  }));
  const wrong = (await Promise.all([work(backend, 0, false), ...threads])).reduce((sum, one) => sum + one, 0);
  let lost = 0;
  for (const thread of [0, 1, 2, 3]) for (const { timestamps } of await backend.series.read(namesOf(thread), always)) lost += batches - timestamps.length;
  const [shared] = await backend.series.read(['shared'], always);
  lost += batches * 4 - shared.timestamps.length;
  let names = 0;
  for (let shard = 0; shard < backend.series.shards; shard += 1) names += (await backend.series.list(shard)).metrics.length;
  const unhealthy = (await backend.health()).filter(({ ok }) => !ok).length;
  await backend.close();
  const { ok } = await verifyFolder(folder);
  rmSync(folder, { recursive: true });
  writeSync(1, JSON.stringify({ lost, wrong, names, unhealthy, ok }));
} else {
  const backend = await open('thread');
  parentPort.postMessage(await work(backend, workerData.thread, workerData.thread === 1));
  await backend.close();
}
