import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, type Backend, type ShapeDocument } from '../../packages/core/src/index.js';
import { createImporter } from '../../packages/importer/src/index.js';
import { openElasticsearchIndex } from '../../packages/storage/src/elasticsearch/open-elasticsearch-index.js';
import type { ChaosProxy } from '../servers/chaos-proxy.js';
import { removePrefix } from '../servers/elasticsearch/remove-prefix.js';
import { changeAnomalies, generator, mayPass } from './elasticsearch-schedule.js';
import { realClock } from '../clock.js';

export interface WeatherOptions {
  readonly seed: number;
  readonly backend: Backend;
  readonly proxy: ChaosProxy;
  /** The server itself, to look at what is there. */
  readonly url: string;
}

/** One schedule of changes and bad weather between the importer and a real server; then fair weather, and a look at the server itself. */
export async function runWeather({ seed, backend, proxy, url }: WeatherOptions): Promise<{ failed: number }> {
  const random = generator(seed);
  const prefix = `weather-${seed}`;
  const ids = Array.from({ length: 1 + Math.floor(random() * 9) }, (_, i) => `w${seed}-${i}`);
  const start = async () => {
    const index = await openElasticsearchIndex({ node: `http://127.0.0.1:${proxy.port}`, prefix, clock: realClock, logger: silentLogger, random, requestTimeoutMs: 400 });
    return { index, importer: createImporter({ log: backend.anomalies, index, series: backend.series, state: backend.state, clock: realClock, logger: silentLogger, random }) };
  };
  let failed = 0;
  let current = await start();
  // The first indices are made in fair weather half the time: making them takes most of the 400 ms.
  if (random() < 0.5) await changeAnomalies(random, ids, backend.anomalies, realClock).then(() => current.importer.drainOnce()).catch(mayPass);
  for (let step = 0; step < 2 + random() * 3; step += 1) {
    await changeAnomalies(random, ids, backend.anomalies, realClock);
    worsen(proxy, random);
    const work = current.importer.drainOnce().catch((error: unknown) => {
      mayPass(error);
      failed += 1;
    });
    await sleep(random() * 150);
    if (random() < 0.3) proxy.reset();
    if (random() < 0.2) {
      await current.index.close();
      current = await start();
    }
    if (random() < 0.5) proxy.clear();
    await work;
  }
  proxy.clear();
  await current.index.close();
  current = await start();
  for (let tries = 0; ; tries += 1) {
    const error = await current.importer.drainOnce().then(() => null, (reason: unknown) => reason);
    if (error === null) break;
    if (tries > 40) throw new Error(`seed ${seed}: the importer does not recover: ${String(error)}`);
    await sleep(250);
  }
  await current.index.close();
  try {
    await compareWithServer({ seed, ids, backend, url, prefix });
  } finally {
    await removePrefix(url, prefix);
  }
  return { failed };
}

function worsen({ weather }: ChaosProxy, random: () => number): void {
  const kind = Math.floor(random() * 8);
  if (kind === 0) weather.refuse = true;
  if (kind === 1) weather.blackHole = true;
  if (kind === 2 || kind === 3) weather.answersLost = true;
  if (kind === 4) weather.latencyMs = 20 + random() * 500;
  if (kind === 5) weather.splitBytes = true;
  if (kind === 6) weather.bytesPerSecond = 2000 + random() * 20_000;
  // Answers only: HTTP has no checksum, so a request damaged in a field would be a valid request for something else.
  if (kind === 7) weather.corrupt = (bytes, direction) => (direction === 'answer' && random() < 0.5 ? Buffer.concat([bytes.subarray(0, bytes.length >> 1), Buffer.alloc(bytes.length - (bytes.length >> 1))]) : bytes);
}

interface Comparing {
  readonly seed: number;
  readonly ids: readonly string[];
  readonly backend: Backend;
  readonly url: string;
  readonly prefix: string;
}

async function compareWithServer({ seed, ids, backend, url, prefix }: Comparing): Promise<void> {
  const sources = await everyDocument(url, prefix);
  for (const id of ids) {
    const anomaly = await backend.anomalies.get(id);
    const found = sources.filter((source) => source.id === id);
    if (found.length !== (anomaly ? 1 : 0)) throw new Error(`seed ${seed}: ${id} is in the index ${found.length} times, not ${anomaly ? 1 : 0}`);
    if (anomaly && (found[0]!.score !== anomaly.score || found[0]!.end !== anomaly.end)) throw new Error(`seed ${seed}: ${id} is indexed with score ${found[0]!.score}, end ${found[0]!.end}, not ${anomaly.score}, ${anomaly.end}`);
  }
  if (sources.length > ids.length) throw new Error(`seed ${seed}: there are documents of nobody`);
}

/** What lies in all indices of the generation that serves, read past our adapter. */
export async function everyDocument(url: string, prefix: string): Promise<Pick<ShapeDocument, 'id' | 'score' | 'end'>[]> {
  await fetch(`${url}/${prefix}-anomalies/_refresh?ignore_unavailable=true`, { method: 'POST' });
  const sources: Pick<ShapeDocument, 'id' | 'score' | 'end'>[] = [];
  for (let after: string[] = []; ;) {
    const body = JSON.stringify({ size: 5000, sort: [{ id: 'asc' }, { _index: 'asc' }], _source: ['id', 'score', 'end'], ...(after.length > 0 && { search_after: after }) });
    const reply = await fetch(`${url}/${prefix}-anomalies/_search?ignore_unavailable=true`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { hits } = (await reply.json()) as { hits: { hits: { _source: Pick<ShapeDocument, 'id' | 'score' | 'end'>; sort: string[] }[] } };
    sources.push(...hits.hits.map(({ _source }) => _source));
    if (hits.hits.length < 5000) return sources;
    after = hits.hits.at(-1)!.sort;
  }
}
