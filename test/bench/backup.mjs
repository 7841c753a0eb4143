// A backup of a folder and its restore into a fresh one: seconds and bytes, beside the same datapoints as gzipped CSV through the same command.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand, startProduct, waitFor } from './parts/product.mjs';
import { print } from './parts/redis.mjs';

const [metrics, datapoints, stepSeconds] = [1000, 3_000_000, 10];

const base = mkdtempSync(join(tmpdir(), 'skylark-bench-backup-'));
const product = await startProduct(['--target', 'horizon,api'], { folder: join(base, 'from') });
await send(product.carbonPort);
await waitFor(async () => Number(/^skylark_ingest_accepted_total\{protocol="carbon-tcp"\} (\d+)/m.exec(await (await fetch(`${product.url}/metrics`)).text())?.[1] ?? 0) >= datapoints, 300);
await product.end();

const file = join(base, 'file');
const taken = runCommand(['db', 'backup', file, '--data', join(base, 'from'), '--json']);
const restored = runCommand(['db', 'restore', file, '--data', join(base, 'to'), '--json']);
const csv = runCommand(['export', 'csv', '--data', join(base, 'from')]);
const begun = performance.now();
const zipped = gzipSync(csv.stdout);
const csvSeconds = csv.seconds + (performance.now() - begun) / 1000;
writeFileSync(join(base, 'one.csv'), csv.stdout);
const back = runCommand(['import', 'csv', join(base, 'one.csv'), '--data', join(base, 'csv')]);
const detail = { metrics, datapoints: JSON.parse(taken.stdout).totals.datapoints, restored: JSON.parse(restored.stdout).datapoints };
print('size of a backup', statSync(file).size / datapoints, 'bytes/datapoint', { name: 'gzipped CSV', value: zipped.length / datapoints }, detail, 2);
print('taking a backup', datapoints / taken.seconds, 'datapoints/s', { name: 'export csv, gzip', value: datapoints / csvSeconds }, detail);
print('restoring it', datapoints / restored.seconds, 'datapoints/s', { name: 'import csv', value: datapoints / back.seconds }, detail);
if (detail.datapoints < datapoints || detail.restored < datapoints) process.exitCode = 1;
rmSync(base, { recursive: true, force: true });

/** Gauges with one decimal: a level, a rhythm and noise, the same on every run. What repeats would be packed to nothing. */
async function send(port) {
  const socket = connect({ host: '127.0.0.1', port }).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const [points, start] = [datapoints / metrics, Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds - (stepSeconds * datapoints) / metrics];
  let state = 1;
  const noise = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  for (let point = 0; point < points; point++) {
    let text = '';
    for (let metric = 0; metric < metrics; metric++) text += `bench.host${metric}.cpu ${Math.round(10 * (50 + (metric % 40) + 10 * Math.sin(point / 300) + 4 * noise())) / 10} ${start + stepSeconds * point}\n`;
    if (!socket.write(text)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
  await closed;
}
