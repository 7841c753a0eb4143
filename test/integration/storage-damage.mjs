// Opens damaged copies of a store, one after the other, and says of each what it served. In a process of its own, which a damaged file might end.
// node storage-damage.mjs ORIGINAL SCRATCH DAMAGES.json FIRST
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbedded } from '../../packages/storage/dist/embedded/index.js';

const [original, scratch, list, first] = process.argv.slice(2);
const damages = JSON.parse(readFileSync(list, 'utf8'));
const clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined) };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const say = (value) => writeSync(1, `${JSON.stringify(value)}\n`);
let unhandled = 0;
process.on('unhandledRejection', () => (unhandled += 1));

const sorted = (series) => JSON.stringify(Object.entries(series).sort(([a], [b]) => (a < b ? -1 : 1)));

async function everythingIn(folder) {
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: quiet });
  try {
    const names = [];
    for (let shard = 0; shard < backend.series.shards; shard += 1) names.push(...(await backend.series.list(shard)).metrics);
    const series = {};
    for (const { metric, timestamps, values } of await backend.series.read(names, { from: 0, until: 2 ** 32 })) series[metric] = Object.fromEntries(Array.from(timestamps, (t, i) => [t, values[i]]));
    const anomalies = (await backend.anomalies.query({ limit: 1000 })).anomalies.map(({ id, score }) => [id, score]);
    const events = (await backend.anomalies.follow('', 1000, 0)).events.length;
    const state = (await backend.state.list('')).map(({ key, value }) => [key, value]);
    // Writing and sealing go on, and what is written now is served.
    const [handle] = await backend.series.handles(['after.damage']);
    await backend.series.append({ handles: Uint32Array.of(handle), timestamps: Float64Array.of(1.7e9), values: Float64Array.of(42), length: 1 });
    for (let shard = 0; shard < backend.series.shards; shard += 1) await backend.series.maintain(shard, clock.now() + 86_400);
    const [fresh] = await backend.series.read(['after.damage'], { from: 0, until: 2 ** 32 });
    const health = await backend.health();
    return { series, anomalies, events, state, fresh: fresh.values[0], healthy: health.every(({ ok }) => ok) };
  } finally {
    await backend.close();
  }
}

for (let i = Number(first); i < damages.length; i += 1) {
  say({ trying: i });
  const damage = damages[i];
  rmSync(scratch, { recursive: true, force: true });
  cpSync(original, scratch, { recursive: true });
  if (damage.kind) {
    const path = join(scratch, damage.file ?? 'data.mdb');
    const bytes = readFileSync(path);
    if (damage.kind === 'flip') bytes[damage.at] ^= 1 << damage.bit;
    if (damage.kind === 'zero') bytes.fill(0, damage.at, damage.at + damage.length);
    if (damage.kind === 'truncate') truncateSync(path, damage.at);
    else writeFileSync(path, bytes);
  }
  try {
    const found = await everythingIn(scratch);
    const again = damage.again ? await everythingIn(scratch) : undefined;
    say({ i, found, unhandled, ...(again && { againHealthy: again.healthy, againSame: sorted(again.series) === sorted({ ...found.series, 'after.damage': { 1.7e9: 42 } }) }) });
  } catch (error) {
    say({ i, refused: error.code ?? String(error.stack), unhandled });
  }
}
