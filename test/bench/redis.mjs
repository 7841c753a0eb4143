// Carbon lines over TCP until they are in Redis, counted back by reading; beside Debian's carbon-cache on the same lines, with the CPU that both take. Then what a datapoint
// takes of Redis' memory, beside the same datapoints in Skyline's layout (msgpack pairs in one string a metric) in the same Redis.
import { setTimeout as sleep } from 'node:timers/promises';
import { carbonCache, countBack, cpuSecondsOf, startSender, stepSeconds } from './parts/carbon.mjs';
import { clock, logger, median, openStore, print, sealAll, startRedis, usedMemory } from './parts/redis.mjs';

/** Metrics, datapoints, runs. carbon-cache gets fewer, or it would take minutes. */
const cases = [[1000, 3_000_000, 3], [10_000, 3_000_000, 3], [100_000, 3_000_000, 1]];
const baselineMetrics = 1000;
const baselineDatapoints = 300_000;
const memoryMetrics = 2000;
const memoryHours = 24;
const memoryStepSeconds = 60;

const first = await startRedis();
if (first) {
  await first.stop();
  if (process.argv[2] !== 'memory') await ingest();
  await memory();
}

async function ingest() {
  const baseline = await carbonCache(baselineMetrics, baselineDatapoints);
  for (const [metrics, datapoints, runs] of cases) {
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await throughHorizon(metrics, datapoints));
    const lost = results.reduce((sum, { readBack }) => sum + datapoints - readBack, 0);
    const detail = { metrics, datapoints, runs, lost };
    print(`carbon tcp to redis, ${metrics} metrics`, median(results.map(({ perSecond }) => perSecond)), 'datapoints/s', baseline && { name: `carbon-cache, ${baseline.metrics} metrics, of which it lost ${baseline.lost} of ${baseline.datapoints}`, value: baseline.perSecond }, detail);
    print(`cpu of horizon and redis, ${metrics} metrics`, median(results.map(({ horizonCpu, redisCpu }) => horizonCpu + redisCpu)), 'us/datapoint', baseline && { name: 'carbon-cache', value: baseline.cpuMicroseconds }, { horizon: Number(median(results.map(({ horizonCpu }) => horizonCpu)).toFixed(3)), redis: Number(median(results.map(({ redisCpu }) => redisCpu)).toFixed(3)) }, 3);
    if (lost !== 0) process.exitCode = 1;
  }
}

async function throughHorizon(metrics, datapoints) {
  const { createIntake, listenCarbonTcp } = await import('../../packages/horizon/dist/index.js');
  const redis = await startRedis();
  const store = await openStore(redis.url);
  const rules = { skip: [], keep: [], maxAgeSeconds: null, maxFutureSeconds: 600, maxNameBytes: 1024, maxMetrics: 2_000_000, newMetricsPerMinute: null };
  const intake = await createIntake({ store: store.series, clock, logger, rules });
  const listener = await listenCarbonTcp({ host: '127.0.0.1', port: 0, intake, clock, logger });
  const start = Math.floor(Date.now() / 1000) - stepSeconds * Math.ceil(datapoints / metrics);
  const sender = await startSender(metrics, datapoints, start);
  const [cpuBefore, redisBefore, begun] = [process.cpuUsage(), cpuSecondsOf(redis.pid), performance.now()];
  await sender.send(listener.address.port);
  await intake.flush();
  const seconds = (performance.now() - begun) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const redisCpu = cpuSecondsOf(redis.pid) - redisBefore;
  const readBack = await countBack(store.series, metrics, { from: start, until: start + stepSeconds * datapoints });
  await listener.close();
  await intake.close();
  await store.connection.close();
  await redis.stop();
  return { perSecond: datapoints / seconds, readBack, horizonCpu: (cpu.user + cpu.system) / datapoints, redisCpu: (1e6 * redisCpu) / datapoints };
}

/** A level, a daily rhythm and noise, with one decimal: as a gauge has them. The same on every run. */
function* gauge(seed, points) {
  let state = seed + 1;
  for (let i = 0; i < points; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state / 2 ** 32 - 0.5;
    yield Math.round(10 * (50 + (seed % 40) + 10 * Math.sin((2 * Math.PI * i) / points) + 4 * noise)) / 10;
  }
}

async function memory() {
  const redis = await startRedis(['--appendonly', 'no']);
  const { series, connection } = await openStore(redis.url);
  const points = (memoryHours * 3600) / memoryStepSeconds;
  const start = Math.floor(Date.now() / 3_600_000) * 3600 - memoryHours * 3600;
  const names = Array.from({ length: memoryMetrics }, (_, i) => `bench.host${i}.cpu`);
  const count = points * memoryMetrics;
  const empty = await usedMemory(connection);
  const handles = await series.handles(names);
  const streams = names.map((_, i) => gauge(i, points));
  for (let point = 0; point < points; point++) {
    const values = Float64Array.from(streams, (stream) => stream.next().value);
    await series.append({ handles, timestamps: new Float64Array(memoryMetrics).fill(start + point * memoryStepSeconds), values, length: memoryMetrics });
  }
  const logged = (await usedMemory(connection)) - empty;
  await sealAll(series);
  await sleep(500);
  const sealed = (await usedMemory(connection)) - empty;
  const before = await usedMemory(connection);
  await writeSkyline(connection.client, points, start, names);
  const skyline = (await usedMemory(connection)) - before;
  const detail = { metrics: memoryMetrics, hours: memoryHours, stepSeconds: memoryStepSeconds, unsealed: Number((logged / count).toFixed(2)) };
  print('memory of redis, sealed', sealed / count, 'bytes/datapoint', { name: "Skyline's msgpack pairs in the same Redis", value: skyline / count }, detail, 2);
  await connection.close();
  await redis.stop();
}

/** `metrics.<name>`: msgpack pairs [u32 timestamp, float64 value], appended one by one as Skyline's horizon does. */
async function writeSkyline(client, points, start, names) {
  const streams = names.map((_, i) => gauge(i, points));
  for (let point = 0; point < points; point += 6) {
    const pipeline = client.pipeline();
    for (const [i, name] of names.entries()) {
      for (let k = point; k < Math.min(points, point + 6); k++) {
        const pair = Buffer.alloc(15);
        pair[0] = 0x92;
        pair[1] = 0xce;
        pair.writeUInt32BE(start + k * memoryStepSeconds, 2);
        pair[6] = 0xcb;
        pair.writeDoubleBE(streams[i].next().value, 7);
        pipeline.append(`metrics.${name}`, pair);
      }
    }
    await pipeline.exec();
  }
}
