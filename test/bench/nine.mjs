// The nine over a day at 10 s (8,640 points), a quiet mix and an anomalous one, beside the naive oracle in the same run; answers compared.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import typescript from 'typescript';
import { defaultEnsembleSettings, judge } from '../../packages/algorithms/dist/index.js';

const { naiveNine } = await oracle();
const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const points = 8640;
const series = 120;
const rounds = 7;

/** The oracle is source only: typed away here, its one import led to the build. */
async function oracle() {
  const source = readFileSync(new URL('../../packages/algorithms/oracle/naive-nine.ts', import.meta.url), 'utf8');
  const { outputText } = typescript.transpileModule(source, { compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2023 } });
  const built = new URL('../../packages/algorithms/dist/', import.meta.url).href;
  return import(`data:text/javascript,${encodeURIComponent(outputText.replaceAll("'../src/", `'${built}`))}`);
}

/** mulberry32, so that every run sees the same data. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const random = generator(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** What a company's metrics are made of; each makes one series' value of the point's number. */
const kinds = [
  () => (i) => 50 + 20 * Math.sin((2 * Math.PI * i) / points) + normal(),
  () => () => 20 * Math.exp(0.3 * normal()),
  () => { let at = 0; return () => (at += 0.05 * normal()); },
  () => { const base = 400 * random(); return () => Math.max(0, Math.round(base + Math.sqrt(base) * normal())); },
  () => { let at = 1e6; return () => (at += Math.round(500 + 60 * normal())); },
  () => () => (random() < 0.1 ? Math.ceil(5 * random()) : 0),
  () => () => Math.round(30 + 2 * normal()),
  () => (i) => (i % 360 < 30 ? 80 : 20) + 3 * normal(),
];
const timestamps = Float64Array.from({ length: points }, (_, i) => 1_700_000_000 + 10 * i);
const now = timestamps[points - 1];
const make = (incident) => Array.from({ length: series }, (_, s) => {
  const next = kinds[s % kinds.length]();
  const values = timestamps.map((_, i) => next(i));
  return { metric: `m${s}`, timestamps, values: incident ? withIncident(values) : values };
});

/** The last three minutes far above all before. */
function withIncident(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return values.map((value, i) => (i >= points - 18 ? high + 5 * (high - low) + value : value));
}

const settings = defaultEnsembleSettings;
const early = (one) => judge(one, now, settings);
const full = (one) => judge(one, now, settings, { allVotes: true });
const naive = (one) => naiveNine(one, now, settings);

function compareAnswers(mix) {
  for (const one of mix) {
    const [stopped, all, expected] = [early(one), full(one), naive(one)];
    if (stopped.status !== all.status || (all.status === 'anomalous') !== expected.anomalous) throw new Error(`${one.metric}: ${stopped.status}, ${all.status}, ${expected.anomalous}`);
    for (const [name, vote] of Object.entries(all.votes)) if (vote !== expected.votes[name].vote && expected.votes[name].margin > 1e-9) throw new Error(`${one.metric}: ${name}`);
  }
}

/** Median series a second over rounds of the whole mix, after one to warm up. */
function rate(mix, work, times = rounds) {
  const figures = Array.from({ length: times + 1 }, () => {
    const start = process.hrtime.bigint();
    for (const one of mix) work(one);
    return (mix.length * 1e9) / Number(process.hrtime.bigint() - start);
  }).slice(1);
  return figures.sort((a, b) => a - b)[figures.length >> 1];
}

for (const [name, mix] of [['quiet mix', make(false)], ['anomalous mix', make(true)]]) {
  compareAnswers(mix);
  const baseline = { name: 'naive oracle, all votes', value: Math.round(rate(mix, naive, 3)) };
  for (const [how, work] of [['early stop', early], ['all votes', full]]) {
    const value = Math.round(rate(mix, work));
    console.log(JSON.stringify({ name: `nine, ${name}, ${how}`, value, unit: 'series/s', baseline, ratio: Number((value / baseline.value).toFixed(1)), machine }));
  }
  const flagged = mix.filter((one) => full(one).status === 'anomalous').length;
  console.log(JSON.stringify({ name: `nine, ${name}, anomalous`, value: Number(((100 * flagged) / mix.length).toFixed(1)), unit: '%', machine }));
}
