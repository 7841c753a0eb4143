// The block codec over a decimal mix at 10 s (an hour a block), beside 16-byte records and beside MessagePack pairs as Skyline kept them.
import { cpus } from 'node:os';
import { Packr } from 'msgpackr';
import { decodeBlock, decodeBlockInto, encodeBlock } from '../../packages/algorithms/dist/index.js';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const blocks = 1000;
const points = 360;
const rounds = 7;

/** mulberry32, so that every run sees the same data. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const random = generator(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const rounded = (value, places) => Number(value.toFixed(places));

/** What a company's metrics are made of; each makes one block's value from the instant, the point's number and the value before. */
const kinds = {
  'percent, 1 place': () => { const base = 20 + 60 * random(); return (i) => rounded(base + 3 * Math.sin(i / 60) + normal(), 1); },
  'latency, 2 places': () => { const base = 5 + 80 * random(); return () => rounded(base * Math.exp(0.2 * normal()), 2); },
  'gauge walk, 3 places': () => { let at = 50 * random(); return () => rounded((at += 0.05 * normal()), 3); },
  'requests, whole': () => { const base = 400 * random(); return () => Math.max(0, Math.round(base + Math.sqrt(base) * normal())); },
  'counter': () => { let at = Math.floor(1e9 * random()); return () => (at += Math.round(500 + 60 * normal())); },
  'errors, mostly 0': () => () => (random() < 0.03 ? Math.ceil(5 * random()) : 0),
  'constant': () => { const value = rounded(100 * random(), 2); return () => value; },
  'bytes, steps of 4096': () => { let at = 4096 * Math.floor(1e5 * random()); return () => (at += 4096 * Math.round(2 * normal())); },
};
const timestamps = Float64Array.from({ length: points }, (_, i) => 1_700_000_000 + 10 * i);
const data = Object.entries(kinds).flatMap(([kind, make]) => Array.from({ length: blocks / 8 }, () => {
  const next = make();
  return { kind, values: timestamps.map((_, i) => next(i)) };
}));

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
/** Median nanoseconds per datapoint over rounds of all blocks, after one to warm up. */
function time(work) {
  const figures = Array.from({ length: rounds + 1 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < data.length; i += 1) work(i);
    return Number(process.hrtime.bigint() - start) / (data.length * points);
  });
  return median(figures.slice(1));
}
const say = (name, value, unit, baseline) => console.log(JSON.stringify({
  name, value: Number(value.toFixed(3)), unit,
  ...(baseline && { baseline: { name: baseline.name, value: Number(baseline.value.toFixed(3)) }, ratio: Number((baseline.value / value).toFixed(2)) }),
  machine,
}));

const encoded = data.map(({ values }) => encodeBlock(timestamps, values));
const records = data.map(({ values }) => {
  const bytes = new Float64Array(points * 2);
  for (let i = 0; i < points; i += 1) { bytes[2 * i] = timestamps[i]; bytes[2 * i + 1] = values[i]; }
  return bytes;
});
const packr = new Packr({ useRecords: false });
const pairs = data.map(({ values }) => Buffer.concat(Array.from(values, (value, i) => packr.pack([timestamps[i], value]))));
const perPoint = (list) => list.reduce((sum, { byteLength }) => sum + byteLength, 0) / (list.length * points);

data.forEach(({ values }, i) => {
  const decoded = decodeBlock(encoded[i]);
  for (let k = 0; k < points; k += 1) {
    if (!Object.is(decoded.values[k], values[k]) || decoded.timestamps[k] !== timestamps[k]) throw new Error(`block ${i} differs at ${k}`);
  }
});

say('codec size, decimal mix', perPoint(encoded), 'bytes/datapoint', { name: '16-byte records', value: perPoint(records) });
say('codec size, decimal mix, against Skyline', perPoint(encoded), 'bytes/datapoint', { name: 'MessagePack pairs', value: perPoint(pairs) });
for (const kind of Object.keys(kinds)) say(`codec size, ${kind}`, perPoint(encoded.filter((_, i) => data[i].kind === kind)), 'bytes/datapoint');
const noisy = Array.from({ length: 50 }, () => encodeBlock(timestamps, timestamps.map(normal)));
say('codec size, random doubles', perPoint(noisy), 'bytes/datapoint', { name: '16-byte records', value: 16 });

let sink = 0;
const recordsEncode = time((i) => {
  const bytes = new Float64Array(points * 2);
  const { values } = data[i];
  for (let k = 0; k < points; k += 1) { bytes[2 * k] = timestamps[k]; bytes[2 * k + 1] = values[k]; }
  sink += bytes[3];
});
const pairsEncode = time((i) => { sink += Buffer.concat(Array.from(data[i].values, (value, k) => packr.pack([timestamps[k], value]))).length; });
const encode = time((i) => { sink += encodeBlock(timestamps, data[i].values).length; });
const recordsDecode = time((i) => {
  const t = new Float64Array(points);
  const v = new Float64Array(points);
  for (let k = 0; k < points; k += 1) { t[k] = records[i][2 * k]; v[k] = records[i][2 * k + 1]; }
  sink += t[1] + v[1];
});
const pairsDecode = time((i) => { sink += packr.unpackMultiple(pairs[i]).length; });
const decode = time((i) => { sink += decodeBlock(encoded[i]).values[1]; });
const [series, seriesValues] = [new Float64Array(points), new Float64Array(points)];
const decodeInto = time((i) => { sink += decodeBlockInto(encoded[i], series, seriesValues, 0); });
say('codec encode, decimal mix', encode, 'ns/datapoint', { name: 'MessagePack pairs', value: pairsEncode });
say('codec encode, decimal mix, against plain', encode, 'ns/datapoint', { name: '16-byte records', value: recordsEncode });
say('codec decode, decimal mix', decode, 'ns/datapoint', { name: 'MessagePack pairs', value: pairsDecode });
say('codec decode, decimal mix, against plain', decode, 'ns/datapoint', { name: '16-byte records', value: recordsDecode });
say('codec decode into given columns, decimal mix', decodeInto, 'ns/datapoint', { name: '16-byte records', value: recordsDecode });
if (Number.isNaN(sink)) throw new Error('unreachable');
