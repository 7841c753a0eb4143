// The default detector: cost of a step, state, and a minute of 1,000 to 250,000 metrics at 10 s; beside the nine judging the same series once.
// Processor time, not the clock: other programs share the cores.
import { cpus } from 'node:os';
import { defaultDetector, defaultEnsembleSettings, defaultStreamSettings, judge } from '../../packages/algorithms/dist/index.js';
import { quietSeries } from '../quality/quiet-series.mjs';

const machine = `${cpus()[0]?.model ?? 'unknown'} x ${cpus().length}, node ${process.versions.node}`;
const interval = 10;
const length = 8640;
const rounds = 5;
const aMinute = 6;
const report = (figure) => console.log(JSON.stringify({ ...figure, machine }));

/** Microseconds of one core that some work took. */
function microseconds(work) {
  const { user, system } = process.cpuUsage();
  work();
  const since = process.cpuUsage();
  return since.user + since.system - user - system;
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

const series = [...quietSeries({ seed: 1, perKind: 8, interval, weeks: (length * interval) / 604_800 })].map((one) => ({ metric: one.kind, ...one }));
const { stateLength } = defaultDetector;

function stepAll({ timestamps, values }, state) {
  for (let row = 0; row < values.length; row += 1) defaultDetector.step(state, timestamps[row], values[row], defaultStreamSettings);
}

const perStep = median(Array.from({ length: rounds }, () => microseconds(() => series.forEach((one) => stepAll(one, new Float64Array(stateLength)))))) / (series.length * length);
const perJudgement = median(Array.from({ length: rounds }, () => microseconds(() => series.forEach((one) => judge(one, one.timestamps.at(-1), defaultEnsembleSettings))))) / series.length;
report({ name: 'default detector, a datapoint', value: Number(perStep.toFixed(2)), unit: 'us', baseline: { name: 'the nine, a judgement of a day at 10 s', value: Number(perJudgement.toFixed(0)) }, ratio: Number((perJudgement / perStep).toFixed(0)) });
report({ name: 'default detector, state a metric', value: stateLength * 8, unit: 'bytes', baseline: { name: 'the nine, the day they read', value: length * 16 } });

const warm = series.map((one) => {
  const state = new Float64Array(stateLength);
  stepAll(one, state);
  return state;
});

/** A minute of many metrics: the six new datapoints of one after the other, as a round takes them. */
for (const metrics of [1000, 10_000, 100_000, 250_000]) {
  const slab = new Float64Array(metrics * stateLength);
  for (let metric = 0; metric < metrics; metric += 1) slab.set(warm[metric % warm.length], metric * stateLength);
  let alerts = 0;
  const minute = (number) => {
    for (let metric = 0; metric < metrics; metric += 1) {
      const { timestamps, values } = series[metric % series.length];
      const state = slab.subarray(metric * stateLength, (metric + 1) * stateLength);
      for (let row = 0; row < aMinute; row += 1) {
        const at = number * aMinute + row;
        if (defaultDetector.step(state, timestamps[length - 1] + (at + 1) * interval, values[at], defaultStreamSettings) >= 50) alerts += 1;
      }
    }
  };
  const seconds = median(Array.from({ length: 3 }, (_, number) => microseconds(() => minute(number)))) / 1e6;
  const nine = (metrics * perJudgement) / 1e6;
  report({ name: `default detector, a minute of ${metrics} metrics at 10 s`, value: Number(seconds.toFixed(3)), unit: 's of one core', baseline: { name: 'the nine, one judgement each (computed)', value: Number(nine.toFixed(1)) }, ratio: Number((nine / seconds).toFixed(0)) });
}
