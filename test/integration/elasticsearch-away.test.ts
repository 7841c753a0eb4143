import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, type AnomalyFinding, type Backend, type Clock } from '../../packages/core/src/index.js';
import { createImporter } from '../../packages/importer/src/index.js';
import { openElasticsearchIndex } from '../../packages/storage/src/elasticsearch/open-elasticsearch-index.js';
import { openEmbedded } from '../../packages/storage/src/embedded/index.js';
import { realClock } from '../clock.js';
import { startChaosProxy, type ChaosProxy } from '../servers/chaos-proxy.js';
import { removePrefix } from '../servers/elasticsearch/remove-prefix.js';
import { sharedServer } from '../servers/shared-server.js';
import { everyDocument, runWeather } from './elasticsearch-weather.js';

const schedules = process.env['SKYLARK_SOAK'] === '1' ? 200 : 15;
const ten = 600;
const opened = {} as { url: string; folder: string; backend: Backend; proxy: ChaosProxy };

beforeEach(async (test) => {
  opened.url = await sharedServer('elasticsearch', test);
  opened.proxy = await startChaosProxy(Number(new URL(opened.url).port));
  opened.folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'skylark-away-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock: realClock, logger: silentLogger, shards: 4 });
}, 180_000);

afterEach(async () => {
  await opened.proxy.stop();
  await opened.backend.close();
  rmSync(opened.folder, { recursive: true, force: true });
});

/** Goes on by itself, and by whole sleeps, which take next to no time. */
function hurriedClock(): Clock & { moved: number } {
  const clock = {
    moved: 0,
    now: () => realClock.now() + clock.moved,
    elapsedMs: () => realClock.elapsedMs() + clock.moved * 1000,
    sleep: async (ms: number, signal?: AbortSignal) => {
      clock.moved += ms / 1000;
      await realClock.sleep(Math.min(ms, 5), signal);
    },
  };
  return clock;
}

function finding(i: number, at: number, closed: boolean): AnomalyFinding {
  const start = at - 3600 - (i % 40) * 86_400;
  return {
    id: `away-${String(i).padStart(5, '0')}`, metric: `web.host-${i % 500}`, kind: 'deviation', state: closed ? 'closed' : 'open', start, end: closed ? start + 900 : null, peak: start, value: 1,
    score: closed ? 80 : 50, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: start, updated: at,
  };
}

describe('Elasticsearch away for ten minutes', () => {
  it('10,000 anomalies that opened and closed meanwhile are all indexed afterwards, none twice', async () => {
    const { backend, proxy, url } = opened;
    const clock = hurriedClock();
    const prefix = `away-${process.pid}`;
    const index = await openElasticsearchIndex({ node: `http://127.0.0.1:${proxy.port}`, prefix, clock, logger: silentLogger, random: Math.random });
    const importer = createImporter({ log: backend.anomalies, index, series: backend.series, state: backend.state, clock, logger: silentLogger, random: Math.random });
    const outbox = () => importer.samples().find(({ name }) => name === 'skylark_outbox_documents')!.value;
    const stop = new AbortController();
    const running = importer.run(stop.signal);
    try {
      proxy.weather.refuse = true;
      proxy.reset();
      const since = clock.moved;
      const numbers = Array.from({ length: 10_000 }, (_, i) => i);
      for (const closed of [false, true]) for (let at = 0; at < numbers.length; at += 500) await backend.anomalies.record(numbers.slice(at, at + 500).map((i) => finding(i, clock.now(), closed)));
      await expect.poll(() => clock.moved - since > ten && Math.abs(outbox() - 10_000) < 50, { timeout: 60_000 }).toBe(true);
      expect((await index.health())[0]).toMatchObject({ ok: false });

      proxy.clear();
      await expect.poll(outbox, { timeout: 400_000, interval: 200 }).toBe(0);
      const documents = await everyDocument(url, prefix);
      expect(documents).toHaveLength(10_000);
      expect(new Set(documents.map(({ id }) => id)).size).toBe(10_000);
      expect(documents.every(({ score, end }) => score === 80 && end !== null)).toBe(true);
    } finally {
      stop.abort();
      await running;
      await index.close();
      await removePrefix(url, prefix);
    }
  }, 600_000);
});

describe('bad weather on the way to a real Elasticsearch', () => {
  it(`has every anomaly once and as it is, after each of ${schedules} schedules`, async () => {
    const { backend, proxy, url } = opened;
    const first = Number(process.env['SKYLARK_SEED'] ?? 1);
    let failed = 0;
    for (let seed = first; seed < first + schedules; seed += 1) failed += (await runWeather({ seed, backend, proxy, url })).failed;
    // Else it was fair weather.
    expect(failed).toBeGreaterThan(schedules / 2);
    if (process.env['SKYLARK_SOAK'] === '1') console.log(`${schedules} schedules on the real server, ${failed} of their imports failed`);
  }, 1_800_000);
});
