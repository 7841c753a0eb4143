// Carbon lines over TCP until they are durable in the embedded store, counted back by reading; beside Debian's carbon-cache on the same lines.
// The sender is a process of its own that has built all bytes before the clock starts.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { carbonCache, countBack, startSender, stepSeconds } from './parts/carbon.mjs';

/** Cases: metrics, datapoints. carbon-cache gets the first of them only, or it would take minutes. */
const cases = [[1000, 3_000_000], [10_000, 3_000_000], [100_000, 3_000_000]];
const baselineMetrics = 1000;
const baselineDatapoints = 300_000;

await bench();

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
