import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { silentLogger, SkylarkError, type AnomalyFinding, type AnomalyIndex, type Backend } from '../../packages/core/src/index.js';
import { createImporter } from '../../packages/importer/src/index.js';
import { openEmbedded } from '../../packages/storage/src/embedded/index.js';
import { openServers } from '../../packages/storage/src/servers/index.js';
import { realClock } from '../clock.js';
import { startSkylark } from '../product.js';
import { requireProgram } from '../requirements.js';
import { startChaosProxy } from '../servers/chaos-proxy.js';
import { removePrefix } from '../servers/elasticsearch/remove-prefix.js';
import { startRedis } from '../servers/redis.js';
import { sharedServer } from '../servers/shared-server.js';
import { everyDocument } from './elasticsearch-weather.js';

const soak = process.env['SKYLARK_SOAK'] !== undefined;
/** What waits while the index is away: as much as Redis keeps of events, and as the embedded store does. */
const documents = { servers: soak ? 1_000_000 : 20_000, embedded: soak ? 100_000 : 5000 };
const metrics = 500;
const pointsOfMetric = 120;
const start = Math.floor(Date.now() / 1000) - 7200;

const finding = (i: number): AnomalyFinding => ({
  id: `waiting-${String(i).padStart(7, '0')}`, metric: `web.host-${i % metrics}.latency`, kind: 'deviation', state: 'closed', start: start + (i % 3000), end: start + (i % 3000) + 60, peak: start + (i % 3000), value: 1 + (i % 97), score: 50 + (i % 50),
  expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: start + (i % 3000), updated: start + 3600,
});

/** Some datapoints of every metric, then anomalies of all of them; answers anomalies a second. */
async function fill({ series, anomalies }: Backend, count: number): Promise<number> {
  const handles = await series.handles(Array.from({ length: metrics }, (_, i) => finding(i).metric));
  for (const handle of handles) {
    const timestamps = Float64Array.from({ length: pointsOfMetric }, (_, i) => start - 3600 + i * 60);
    await series.append({ handles: new Uint32Array(pointsOfMetric).fill(handle), timestamps, values: timestamps.map((at) => Math.sin(at / 500 + handle)), length: pointsOfMetric });
  }
  const began = performance.now();
  for (let from = 0; from < count; from += 500) await anomalies.record(Array.from({ length: Math.min(500, count - from) }, (_, i) => finding(from + i)));
  return (count * 1000) / (performance.now() - began);
}

/** Memory of a process that is its own, in MiB: without what it maps of files. */
const ownMemory = (pid: number): number => Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** The most a process took at any time until it is told to stop looking. */
function watchMemory(pid: number): { stop(): Promise<number> } {
  let [most, stopping] = [0, false];
  const watching = (async () => {
    for (; !stopping; await sleep(200)) most = Math.max(most, ownMemory(pid));
  })();
  return {
    async stop() {
      stopping = true;
      await watching;
      return most;
    },
  };
}

const sampleOf = (text: string, name: string): number => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);

async function until(what: string, withinSeconds: number, holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await holds().catch(() => false))) {
    if (performance.now() - began > withinSeconds * 1000) throw new Error(`${what}: not within ${withinSeconds} s`);
    await sleep(250);
  }
  return (performance.now() - began) / 1000;
}

describe('an index that was away for long', () => {
  it(`gets ${documents.servers} documents that waited in Redis, each once, from an importer whose memory does not grow with them`, async (test) => {
    requireProgram('redis-server', 'redis-server', test);
    const elasticsearch = await sharedServer('elasticsearch', test);
    const [redis, proxy] = [await startRedis(), await startChaosProxy(Number(new URL(elasticsearch).port))];
    const prefix = `backlog-${process.pid}`;
    proxy.weather.refuse = true;
    const store = await openServers({ redis: { url: redis.url, ack: 'local', prefix }, elasticsearch: { node: elasticsearch, prefix }, retentionSeconds: 14 * 86_400, clock: realClock, logger: silentLogger });
    const environment = { SKYLARK_REDIS__URL: redis.url, SKYLARK_REDIS__PREFIX: prefix, SKYLARK_ELASTICSEARCH__NODE: `http://127.0.0.1:${proxy.port}`, SKYLARK_ELASTICSEARCH__PREFIX: prefix };
    const importer = await startSkylark({ args: ['--backend', 'servers', '--target', 'importer'], environment });
    try {
      const outbox = async (): Promise<number> => sampleOf(await (await fetch(`${importer.url}/metrics`)).text(), 'skylark_outbox_documents');
      const [idleMb, memory] = [ownMemory(importer.child.pid!), watchMemory(importer.child.pid!)];
      const recordedPerSecond = await fill(store, documents.servers);
      const counted = await until('the outbox is counted', soak ? 900 : 120, async () => Math.abs((await outbox()) - documents.servers) <= documents.servers / 100).then(outbox);
      expect((await fetch(`${importer.url}/readyz`)).status).toBe(503);

      proxy.clear();
      const tookSeconds = await until('all are indexed', soak ? 3000 : 240, async () => (await outbox()) === 0 && (await store.index.count()) >= documents.servers);
      const mostMb = await memory.stop();
      const found = await everyDocument(elasticsearch, prefix);
      console.log(JSON.stringify({ name: 'outbox-backlog.servers', value: documents.servers, unit: 'documents that waited', counted, recordedPerSecond: Math.round(recordedPerSecond), tookSeconds: Math.round(tookSeconds), idleMb: Math.round(idleMb), mostMb: Math.round(mostMb) }));
      expect({ documents: found.length, ids: new Set(found.map(({ id }) => id)).size }).toEqual({ documents: documents.servers, ids: documents.servers });
      expect(mostMb - idleMb, 'MiB above the idle importer').toBeLessThan(200);
    } finally {
      await importer.stop();
      await store.close();
      await Promise.all([proxy.stop(), redis.stop()]);
      await removePrefix(elasticsearch, prefix);
    }
  }, soak ? 5_400_000 : 420_000);

  it(`gets ${documents.embedded} that waited in the embedded store`, async () => {
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'skylark-backlog-'));
    const backend = await openEmbedded({ folder, retentionSeconds: null, clock: realClock, logger: silentLogger });
    let isAway = true;
    const index: AnomalyIndex = {
      ...backend.index,
      async put(...call) {
        if (isAway) throw new SkylarkError('index-away', 'as told');
        return backend.index.put(...call);
      },
    };
    const importer = createImporter({ ...backend, log: backend.anomalies, index, clock: realClock, logger: silentLogger, random: Math.random });
    try {
      const recordedPerSecond = await fill(backend, documents.embedded);
      await expect(importer.drainOnce()).rejects.toMatchObject({ code: 'index-away' });
      isAway = false;
      const [idleMb, memory, began] = [ownMemory(process.pid), watchMemory(process.pid), performance.now()];
      expect(await importer.drainOnce()).toBe(documents.embedded);
      const tookSeconds = (performance.now() - began) / 1000;
      const mostMb = await memory.stop();
      console.log(JSON.stringify({ name: 'outbox-backlog.embedded', value: documents.embedded, unit: 'documents that waited', recordedPerSecond: Math.round(recordedPerSecond), tookSeconds: Math.round(tookSeconds), idleMb: Math.round(idleMb), mostMb: Math.round(mostMb) }));
      expect(await backend.index.count()).toBe(documents.embedded);
      expect(importer.samples().find(({ name }) => name === 'skylark_index_documents_total')?.value).toBe(documents.embedded);
      expect(mostMb - idleMb, 'MiB').toBeLessThan(300);
    } finally {
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, soak ? 3_600_000 : 240_000);
});
