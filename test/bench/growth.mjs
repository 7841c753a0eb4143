// The embedded store from a thousand metrics to a hundred thousand: what an append costs, what a sealed datapoint takes, how fast whole days are read.
// An hour of warming history is written per size; sizes can be given: node test/bench/growth.mjs 1000 10000
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from 'lmdb';
import { folderStats, openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const sizes = process.argv.slice(2).map(Number).filter((size) => size > 0);
const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined) };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const say = (name, value, unit, baseline) => console.log(JSON.stringify({
  name, value: Number(value.toPrecision(4)), unit,
  ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toPrecision(4)) }, ratio: Number((baseline.value / value).toFixed(2)) }),
  machine,
}));
const resolution = 10;
const start = 470_000 * 3600;
/** Datapoints of a size, so that every size takes about as long; a series is never shorter than an hour nor longer than a day. */
const pointsOf = (metrics) => Math.max(360, Math.min(8640, Math.floor(12_000_000 / metrics)));

/** Decimals with noise, one place; cheap to make: the bench is not of the generator. */
function fill(batch, handles, first, instants, seed) {
  let at = 0;
  let state = seed | 1;
  for (let instant = 0; instant < instants; instant += 1) {
    for (let metric = 0; metric < handles.length; metric += 1, at += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      batch.handles[at] = handles[metric];
      batch.timestamps[at] = start + (first + instant) * resolution;
      batch.values[at] = (metric % 97) + (state >>> 25) / 10;
    }
  }
  return at;
}

/** One record a datapoint, synced once a batch: what a store without a shard log pays. */
async function naiveAppend(count) {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-'));
  const database = open({ path: folder, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false });
  const began = process.hrtime.bigint();
  await database.transaction(() => {
    for (let i = 0; i < count; i += 1) {
      const key = Buffer.alloc(8);
      key.writeUInt32BE(i % 1000, 0);
      key.writeUInt32BE(i, 4);
      database.putSync(key, Buffer.alloc(8));
    }
  });
  const nanoseconds = Number(process.hrtime.bigint() - began) / count;
  await database.close();
  rmSync(folder, { recursive: true });
  return nanoseconds;
}

const naive = await naiveAppend(100_000);
for (const metrics of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-bench-'));
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: quiet });
  const { series } = backend;
  const names = Array.from({ length: metrics }, (_, i) => `dc${i % 3}.host-${i % 500}.service.metric-${i}`);
  const began = performance.now();
  const handles = await series.handles(names);
  const points = pointsOf(metrics);
  const perBatch = Math.max(1, Math.floor(50_000 / metrics));
  const room = perBatch * metrics;
  const batch = { handles: new Uint32Array(room), timestamps: new Float64Array(room), values: new Float64Array(room), length: 0 };
  let appended = 0;
  let appendMs = 0;
  let sealMs = 0;
  for (let first = 0; first < points; first += perBatch) {
    batch.length = fill(batch, handles, first, Math.min(perBatch, points - first), first);
    const before = performance.now();
    const written = series.append(batch);
    await written;
    // The first batch registers the names.
    if (first > 0) appendMs += performance.now() - before;
    if (first > 0) appended += batch.length;
    if (first % (perBatch * 40) === perBatch * 39 || first + perBatch >= points) {
      const sealing = performance.now();
      for (let shard = 0; shard < series.shards; shard += 1) await series.maintain(shard, clock.now() + 2 * 86_400);
      sealMs += performance.now() - sealing;
    }
  }
  const total = points * metrics;
  say(`growth append, ${metrics} metrics`, (appendMs * 1e6) / appended, 'ns/datapoint', { name: 'one record a datapoint', value: naive });
  say(`growth append, ${metrics} metrics, rate`, (appended / appendMs) * 1000, 'datapoints/s');
  say(`growth seal, ${metrics} metrics`, (sealMs * 1e6) / total, 'ns/datapoint');
  const asked = names.filter((_, i) => i % Math.max(1, Math.floor(metrics / 3000)) === 0);
  for (const round of ['cold', 'warm']) {
    const reading = performance.now();
    let read = 0;
    for (let i = 0; i < asked.length; i += 500) for (const { timestamps } of await series.read(asked.slice(i, i + 500), { from: start, until: start + 86_400 })) read += timestamps.length;
    const seconds = (performance.now() - reading) / 1000;
    if (read !== asked.length * points) throw new Error(`${read} datapoints read, ${asked.length * points} appended`);
    if (round === 'warm') say(`growth read, ${metrics} metrics of ${points} datapoints`, asked.length / seconds, 'series/s');
    if (round === 'warm') say(`growth read, ${metrics} metrics, per datapoint`, (seconds * 1e9) / read, 'ns/datapoint');
  }
  const one = performance.now();
  for (let i = 0; i < 200; i += 1) await series.read([names[(i * 37) % metrics]], { from: start, until: start + 86_400 });
  say(`growth read one, ${metrics} metrics`, (performance.now() - one) / 200, 'ms');
  await backend.close();
  const stats = await folderStats(folder);
  say(`growth size, ${metrics} metrics`, stats.bytesPerSealedDatapoint, 'bytes/datapoint', { name: '16-byte records', value: 16 });
  say(`growth file, ${metrics} metrics`, stats.bytes / total, 'bytes/datapoint');
  const opening = performance.now();
  await (await openEmbedded({ folder, retentionSeconds: null, clock, logger: quiet })).close();
  say(`growth start, ${metrics} metrics, ${(stats.bytes / 2 ** 20).toFixed(0)} MiB`, performance.now() - opening, 'ms');
  say(`growth whole, ${metrics} metrics`, (performance.now() - began) / 1000, 's');
  rmSync(folder, { recursive: true });
}
