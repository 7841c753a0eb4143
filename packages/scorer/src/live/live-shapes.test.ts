import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastDtw } from '@skylark/algorithms';
import { silentLogger } from '@skylark/core';
import type { Backend, Clock, SearchAnswer, SearchRequest } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiledKernels } from '../../../algorithms/oracle/compiled-kernels.js';
import { naiveLiveSearch } from '../../oracle/naive-live.js';
import { naiveBandedDtw, naiveEuclidean } from '../../oracle/naive-search.js';
import type { NaiveCandidate, NaiveDistance } from '../../oracle/naive-search.js';
import { createScorer } from '../scorer.js';
import type { Scorer } from '../scorer.js';
import { createLiveShapes } from './live-shapes.js';
import type { LiveShapes } from './live-shapes.js';
import { openSearchCrew } from './search-crew.js';
import type { SearchCrew } from './search-crew.js';

await compiledKernels();
const start = 1_700_000_000;

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const opened = {} as { folder: string; backend: Backend; crew: SearchCrew; live: LiveShapes; scorer: Scorer; now: number; stopping: AbortController; running: Promise<void> };
const clock: Clock = {
  now: () => opened.now,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, 20));
    if (ms > 100) signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  }),
};

async function write(series: readonly NaiveCandidate[]): Promise<void> {
  const handles = await opened.backend.series.handles(series.map(({ metric }) => metric));
  const rows = series.flatMap(({ timestamps, values }, i) => timestamps.map((timestamp, k) => [handles[i]!, timestamp, values[k]!] as const));
  await opened.backend.series.append({
    handles: Uint32Array.from(rows, ([handle]) => handle), timestamps: Float64Array.from(rows, ([, t]) => t), values: Float64Array.from(rows, ([, , v]) => v), length: rows.length,
  });
}

/** A random walk from `start` on; its datapoints up to any time are the same. */
function walk(metric: string, seed: number, { every = 10, until = start + 4000, level = 0 } = {}): NaiveCandidate {
  const random = generator(seed);
  let at = level;
  const timestamps = Array.from({ length: Math.floor((until - start) / every) }, (_, i) => start + i * every + (seed % 10));
  return { metric, timestamps, values: timestamps.map(() => (at += random() - 0.5)) };
}

const between = ({ metric, timestamps, values }: NaiveCandidate, from: number, until: number): NaiveCandidate => {
  const kept = timestamps.flatMap((timestamp, i) => (timestamp >= from && timestamp < until ? [i] : []));
  return { metric, timestamps: kept.map((i) => timestamps[i]!), values: kept.map((i) => values[i]!) };
};

const query = walk('query', 1);
const others = [
  ...Array.from({ length: 120 }, (_, i) => walk(`walk.${String(i).padStart(3, '0')}`, 100 + i, { every: [10, 10, 20, 60][i % 4]!, level: [0, 1e6][i % 2]! })),
  ...['b', 'a'].map((name) => ({ ...query, metric: `alike.${name}`, values: query.values.map((value) => 7 + 3 * value) })),
  { ...query, metric: 'flat', values: query.values.map(() => 0.1) },
  walk('skylark.own', 7),
];
const comparable = others.filter(({ metric }) => metric !== 'flat' && metric !== 'skylark.own');

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('not within ten seconds');
}

const filled = (): boolean => opened.live.samples().find(({ name }) => name === 'skylark_live_index_filled_ratio')?.value === 1;
const held = (): number => opened.live.samples().find(({ name }) => name === 'skylark_live_index_series')!.value;

async function open({ simd = true, until = start + 4000, windows = [{ length: 128, windowSeconds: 3600 }] } = {}): Promise<void> {
  opened.now = until;
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-live-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger });
  await write([query, ...others].map((one) => between(one, 0, until)));
  opened.crew = await openSearchCrew({ simd, threads: 0, maximumBytes: 2 ** 28, logger: silentLogger });
  opened.live = createLiveShapes({ series: opened.backend.series, crew: opened.crew, windows, readUpTo: 0, refillAfterSeconds: 0, clock, logger: silentLogger });
  opened.scorer = createScorer({
    series: opened.backend.series, index: opened.backend.index, log: opened.backend.anomalies, collections: opened.backend.collections, live: opened.live, clock, logger: silentLogger,
  });
  opened.stopping = new AbortController();
  opened.running = opened.live.run(opened.stopping.signal);
  await eventually(filled);
}

const search = (request: SearchRequest = {}): Promise<SearchAnswer> =>
  opened.scorer.search({ metric: 'query', from: opened.now - 3600, until: opened.now, scope: 'live', limit: 30, ...request });

function expectRanks(answer: SearchAnswer, expected: ReturnType<typeof naiveLiveSearch>): void {
  expect(answer.total).toBe(expected.length);
  expect(answer.matches.map(({ metric }) => metric)).toEqual(expected.slice(0, answer.matches.length).map(({ metric }) => metric));
  answer.matches.forEach(({ distance }, i) => expect(distance).toBeCloseTo(expected[i]!.distance, 3));
}

beforeEach(() => open());

afterEach(async () => {
  opened.stopping.abort();
  await opened.running;
  await opened.crew.close();
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

describe('a live search from the index', () => {
  it.each<[string, SearchRequest, NaiveDistance]>([
    ['dtw', {}, naiveBandedDtw(0.1)],
    ['dtw without a band', { band: 1 }, naiveBandedDtw(1)],
    ['euclidean', { method: 'euclidean' }, naiveEuclidean],
  ])('by %s ranks as comparing every column does', async (_, options, distance) => {
    const answer = await search(options);
    expect(answer.length).toBe(128);
    expectRanks(answer, naiveLiveSearch(query, comparable, { until: opened.now, windowSeconds: 3600, length: 128, distance }));
    expect(answer.matches.slice(0, 2).map(({ metric, distance: far }) => [metric, far < 1e-4])).toEqual([['alike.a', true], ['alike.b', true]]);
  });

  it('by FastDTW, which has no bound, compares exactly what DTW finds nearest, and says so', async () => {
    const answer = await search({ method: 'fastdtw', radius: 2 });
    const distance: NaiveDistance = (a, b) => fastDtw(Float64Array.from(a), Float64Array.from(b), 2).distance;
    expectRanks(answer, naiveLiveSearch(query, comparable, { until: opened.now, windowSeconds: 3600, length: 128, distance }));
    const stages = new Map(answer.stages.map(({ name, candidates }) => [name, candidates]));
    expect(stages.get('live')).toBe(comparable.length);
    expect(stages.get('dtw shortlist')).toBeGreaterThan(0);
    expect(stages.get('fastdtw')).toBe(comparable.length);
  });

  it('answers the points it compared, in their own unit', async () => {
    const { query: asked, matches: [first, second] } = await search({ limit: 2 });
    first!.values.forEach((value, i) => expect(value).toBeCloseTo(7 + 3 * asked.values[i]!, 4));
    expect(second!.values).toHaveLength(128);
  });

  it('leaves out what is excluded, and says how many went through each stage', async () => {
    const { matches, total, stages } = await search({ exclude: ['walk.*', 'alike.a'] });
    expect([total, matches.map(({ metric }) => metric)]).toEqual([1, ['alike.b']]);
    expect(stages.map(({ name }) => name)).toEqual(['query', 'live', 'lower-bound', 'dtw', 'collections', 'matches']);
    expect(stages.find(({ name }) => name === 'live')!.candidates).toBe(1);
  });

  it('is of the series as they are now: new datapoints, new series, removed series and late datapoints', async () => {
    const later = [query, ...others].map((one) => walkOn(one, 900));
    opened.now = start + 4900;
    await write(later.map((one, i) => between(one, [query, ...others][i]!.timestamps.at(-1)! + 1, Infinity)));
    await opened.backend.series.remove(['walk.003', 'alike.b']);
    const late = { ...later[5]!, values: later[5]!.values.map((value, i) => (i > 200 && i < 220 ? value + 9 : value)) };
    await write([{ ...query, metric: 'alike.new', timestamps: later[0]!.timestamps, values: later[0]!.values }, between(late, start + 1500, start + 3000)]);
    await eventually(() => held() === others.length);
    const now = [...later.slice(1).filter(({ metric }) => !['walk.003', 'alike.b', 'flat', 'skylark.own', late.metric].includes(metric)), { ...later[0]!, metric: 'alike.new' }, late];
    const expected = naiveLiveSearch(later[0]!, now, { until: opened.now, windowSeconds: 3600, length: 128, distance: naiveBandedDtw(0.1) });
    await eventually(async () => {
      const { matches } = await search({ limit: 200 });
      return JSON.stringify(matches.map(({ metric }) => metric)) === JSON.stringify(expected.map(({ metric }) => metric));
    });
    expectRanks(await search({ limit: 200 }), expected);
  });

  it('reads series whose values the index cannot hold from the store', async () => {
    const huge = { ...query, metric: 'huge', values: query.values.map((value) => value * 1e200) };
    await write([huge]);
    await eventually(() => held() === others.length + 2);
    const { matches } = await search({ limit: 3 });
    expect(matches.map(({ metric }) => metric)).toContain('huge');
  });

  it('is not asked for another window', async () => {
    expect((await search({ from: opened.now - 1800 })).length).toBe(180);
    expect((await search({ until: opened.now - 1000, from: opened.now - 2000 })).stages.map(({ name }) => name)).toContain('lower-bound');
  });
});

describe('an index without SIMD', () => {
  it('answers the same', async () => {
    const compiled = await search();
    opened.stopping.abort();
    await opened.running;
    await opened.crew.close();
    await opened.backend.close();
    await rm(opened.folder, { recursive: true });
    await open({ simd: false });
    expect(opened.crew.simd).toBe(false);
    const plain = await search();
    expect(plain.matches).toEqual(compiled.matches);
  });
});

/** The same walk, so much longer. */
function walkOn({ metric, timestamps, values }: NaiveCandidate, seconds: number): NaiveCandidate {
  const every = timestamps[1]! - timestamps[0]!;
  const random = generator(values.length + metric.length);
  const more = Array.from({ length: Math.floor(seconds / every) }, (_, i) => timestamps.at(-1)! + (i + 1) * every);
  const constant = values.every((value) => value === values[0]);
  let at = values.at(-1)!;
  return { metric, timestamps: [...timestamps, ...more], values: [...values, ...more.map(() => (constant ? at : (at += random() - 0.5)))] };
}
