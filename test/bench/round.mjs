// A round as the analyzer does it: every series' last 24 h at 60 s read from Redis, shard by shard, and judged with the nine. Beside the same datapoints in Skyline's
// layout (one msgpack string a metric, MGET) judged by the same code, so that what is compared is the way the data is kept. `round.mjs 10000` for that case alone.
import { Unpackr } from 'msgpackr';
import { defaultEnsembleSettings, judge } from '../../packages/algorithms/dist/index.js';
import { cpuSecondsOf } from './parts/carbon.mjs';
import { median, openStore, print, sealAll, startRedis, usedMemory } from './parts/redis.mjs';

const cases = process.argv[2] ? [Number(process.argv[2])] : [10_000, 100_000];
const stepSeconds = 60;
const hours = 24;
const points = (hours * 3600) / stepSeconds;
const perHour = 3600 / stepSeconds;
const rounds = 3;
const skylineMetrics = 2000;
const batchDatapoints = 32_768;

const end = Math.floor(Date.now() / 3_600_000) * 3600;
const start = end - hours * 3600;
const nameOf = (metric) => `bench.dc${metric % 3}.host${metric}.cpu.user`;

/** mulberry32 of a metric and a point, so that any value can be made at any time, the same on every run. */
function noise(metric, point) {
  let t = Math.imul((metric * 65_537 + point) ^ ((metric * 65_537 + point) >>> 15), 1 | (metric + 0x6d2b79f5));
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
}

/** Percentages with one place, whole requests, mostly nothing: by metric. */
function valueOf(metric, point) {
  const daily = Math.sin((2 * Math.PI * point) / points);
  if (metric % 4 < 2) return Math.round(10 * (50 + 15 * daily + 6 * noise(metric, point))) / 10;
  if (metric % 4 === 2) return Math.round(400 + 150 * daily + 60 * noise(metric, point));
  return noise(metric, point) > 0.4 ? Math.ceil(10 * (noise(metric, point + 1) + 0.5)) : 0;
}

for (const metrics of cases) await bench(metrics);

async function bench(metrics) {
  const redis = await startRedis(['--appendonly', 'no']);
  if (!redis) return;
  const { series, connection } = await openStore(redis.url);
  await fill(series, metrics);
  const bytes = await usedMemory(connection);
  const skyline = await skylineRound(connection.client, Math.min(metrics, skylineMetrics));
  const results = [];
  for (let round = 0; round < rounds; round++) results.push(await judgeAll(series, redis.pid));
  const one = results[0];
  if (one.series !== metrics || one.datapoints !== metrics * points) throw new Error(`read ${one.datapoints} datapoints of ${one.series} series`);
  const wall = median(results.map(({ seconds }) => seconds));
  const cpu = median(results.map(({ ownCpu, redisCpu }) => ownCpu + redisCpu));
  const detail = { metrics, hours, stepSeconds, rounds, seconds: Number(wall.toFixed(2)), anomalous: one.anomalous, bytesPerDatapoint: Number((bytes / (metrics * points)).toFixed(2)) };
  print(`round from redis, ${metrics} series x 24 h`, metrics / wall, 'series/s', { name: `Skyline's msgpack layout, ${skyline.series} series, the same judge`, value: skyline.perSecond }, detail);
  print(`round from redis, ${metrics} series x 24 h, per core`, metrics / cpu, 'series/cpu second', { name: "Skyline's msgpack layout, the same judge", value: skyline.perCpuSecond }, { redisShare: Number(median(results.map(({ ownCpu, redisCpu }) => redisCpu / (ownCpu + redisCpu))).toFixed(3)), readSeconds: Number(median(results.map(({ readSeconds }) => readSeconds)).toFixed(2)) });
  await connection.close();
  await redis.stop();
}

/** Hour by hour through the store's own doors: appended, then sealed. */
async function fill(series, metrics) {
  const handles = await series.handles(Array.from({ length: metrics }, (_, metric) => nameOf(metric)));
  const batch = { handles: new Uint32Array(batchDatapoints), timestamps: new Float64Array(batchDatapoints), values: new Float64Array(batchDatapoints), length: 0 };
  const flush = async () => {
    await series.append(batch);
    batch.length = 0;
  };
  for (let hour = 0; hour < hours; hour++) {
    for (let point = hour * perHour; point < (hour + 1) * perHour; point++) {
      for (let metric = 0; metric < metrics; metric++) {
        const at = batch.length++;
        batch.handles[at] = handles[metric];
        batch.timestamps[at] = start + point * stepSeconds;
        batch.values[at] = valueOf(metric, point);
        if (batch.length === batchDatapoints) await flush();
      }
    }
    await flush();
    await sealAll(series);
  }
}

async function judgeAll(series, redisPid) {
  const [cpuBefore, redisBefore, begun] = [process.cpuUsage(), cpuSecondsOf(redisPid), performance.now()];
  const result = { series: 0, datapoints: 0, anomalous: 0, readSeconds: 0 };
  for (let shard = 0; shard < series.shards; shard++) {
    const { metrics } = await series.list(shard);
    // As many at a time as make a hundred MB.
    for (let from = 0; from < metrics.length; from += 4000) {
      const readFrom = performance.now();
      const read = await series.read(metrics.slice(from, from + 4000), { from: start, until: end });
      result.readSeconds += (performance.now() - readFrom) / 1000;
      for (const one of read) {
        result.series++;
        result.datapoints += one.values.length;
        if (judge(one, end, defaultEnsembleSettings).status === 'anomalous') result.anomalous++;
      }
    }
  }
  const cpu = process.cpuUsage(cpuBefore);
  return { ...result, seconds: (performance.now() - begun) / 1000, ownCpu: (cpu.user + cpu.system) / 1e6, redisCpu: cpuSecondsOf(redisPid) - redisBefore };
}

/** `metrics.<name>`: pairs one behind the other; read and unpacked in chunks of 100, as Skyline's analyzer does with its share. */
async function skylineRound(client, metrics) {
  const names = Array.from({ length: metrics }, (_, metric) => `metrics.${nameOf(metric)}`);
  for (let metric = 0; metric < metrics; metric++) await client.set(names[metric], packed(metric));
  const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
  const [cpuBefore, begun] = [process.cpuUsage(), performance.now()];
  for (let from = 0; from < metrics; from += 100) {
    const raw = await client.mgetBuffer(...names.slice(from, from + 100));
    for (const [i, bytes] of raw.entries()) {
      const pairs = unpackr.unpackMultiple(bytes);
      const one = { metric: names[from + i], timestamps: Float64Array.from(pairs, ([timestamp]) => timestamp), values: Float64Array.from(pairs, ([, value]) => value) };
      if (one.values.length !== points) throw new Error(`read ${one.values.length}`);
      judge(one, end, defaultEnsembleSettings);
    }
  }
  const cpu = process.cpuUsage(cpuBefore);
  await client.unlink(...names);
  return { series: metrics, perSecond: metrics / ((performance.now() - begun) / 1000), perCpuSecond: (1e6 * metrics) / (cpu.user + cpu.system) };
}

function packed(metric) {
  const bytes = Buffer.alloc(15 * points);
  for (let point = 0, at = 0; point < points; point++, at += 15) {
    bytes[at] = 0x92;
    bytes[at + 1] = 0xce;
    bytes.writeUInt32BE(start + point * stepSeconds, at + 2);
    bytes[at + 6] = 0xcb;
    bytes.writeDoubleBE(valueOf(metric, point), at + 7);
  }
  return bytes;
}
