// Judges slot after slot of made-up metrics under the ensemble `default` until all are done, and says so; killed and started again it goes on.
// Run on the build: node analyzer-judging.mjs FOLDER SLOTS
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultDetector, defaultEnsembleSettings } from '../../packages/algorithms/dist/index.js';
import { createAnalyzer, defaultAnalyzerSettings } from '../../packages/analyzer/dist/index.js';
import { openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const [folder, slots] = [process.argv[2], Number(process.argv[3])];
const [firstSlot, shards, historySlots] = [28_000_000, 2, 240];
const say = (line) => writeSync(1, `${line}\n`);
const logger = { debug() {}, info() {}, warn: (event) => say(`warn ${event}`), error: (event) => say(`error ${event}`) };
let now = 0;
const clock = { now: () => now, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined) };
const backend = await openEmbedded({ folder, retentionSeconds: null, clock: { ...clock, now: () => Date.now() / 1000 }, logger, shards });

/** A datapoint every 20 s, noise on a level that jumps, stops and comes back. */
const noise = (at) => (Math.imul(at + 7919, 2654435761) >>> 0) / 2 ** 32;
const metrics = Array.from({ length: 12 }, (_, i) => `metric.${i}`);
function valueOf(i, at) {
  const slot = Math.floor(at / 60) - firstSlot;
  if (i % 4 === 3 && slot > 20 && slot < 40) return null;
  const odd = slot >= 10 + 5 * i && slot < 14 + 5 * i;
  return 100 + 10 * i + (odd ? 60 : 0) + 4 * noise(at + 1000 * i);
}
async function append(from, until) {
  const batch = { handles: [], timestamps: [], values: [] };
  const handles = await backend.series.handles(metrics);
  for (let at = from; at < until; at += 20) for (let i = 0; i < metrics.length; i += 1) {
    const value = valueOf(i, at);
    if (value === null) continue;
    batch.handles.push(handles[i]);
    batch.timestamps.push(at);
    batch.values.push(value);
  }
  await backend.series.append({ handles: Uint32Array.from(batch.handles), timestamps: Float64Array.from(batch.timestamps), values: Float64Array.from(batch.values), length: batch.handles.length });
}

const scores = new Map();
const detector = { ...defaultDetector, step: (state, timestamp, value, settings) => {
  const score = defaultDetector.step(state, timestamp, value, settings);
  // Every bit of a state shows in what it expects.
  if (timestamp > (firstSlot + slots - 2) * 60) scores.set(`${timestamp} ${value}`, `${score} ${defaultDetector.level(state)} ${JSON.stringify(defaultDetector.report(state, settings).expected)} ${state.reduce((sum, one, i) => sum + one * Math.cos(i), 0)}`);
  return score;
} };
const settings = { ...defaultAnalyzerSettings, ensemble: { ...defaultEnsembleSettings, ensemble: 'default' } };
const { series, anomalies: log, queue, state, snapshots } = backend;
const analyzer = createAnalyzer({ series, log, queue, state, snapshots, clock, logger, settings, detector, holder: 'the one' });

const done = await Promise.all(Array.from({ length: shards }, async (_, shard) => (await state.get(`analyzer/rounds/${shard}`))?.value.slot ?? firstSlot - 1));
const next = Math.min(...done) + 1;
if (next === firstSlot) await append((firstSlot - historySlots) * 60, firstSlot * 60);
for (let slot = next; slot < firstSlot + slots; slot += 1) {
  now = slot * 60 + 2;
  await append((slot - 1) * 60 + 20, slot * 60 + 1);
  for (let shard = 0; shard < shards; shard += 1) await analyzer.judgeShard(shard, slot);
  if (slot % 30 === 0) for (let shard = 0; shard < shards; shard += 1) await series.maintain(shard, Date.now() / 1000 + 90 * 86_400);
  say(`slot ${slot - firstSlot}`);
}
const last = [...scores].sort();
const found = (await log.query({ state: 'all', limit: 1000 })).anomalies.map(({ lastFlagged: _lastFlagged, updated: _updated, ...rest }) => rest);
await backend.close();
say(`done ${JSON.stringify({ last, found })}`);
