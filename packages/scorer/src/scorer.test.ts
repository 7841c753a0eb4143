import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastDtw, fingerprint, shapeVector } from '@skylark/algorithms';
import { silentLogger, SkylarkError } from '@skylark/core';
import type { AnomalyFinding, AnomalyIndex, Backend, Clock, SearchAnswer, SearchRequest, ShapeDocument } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { naiveBandedDtw, naiveEuclidean, naiveSearch } from '../oracle/naive-search.js';
import type { NaiveCandidate, NaiveDistance } from '../oracle/naive-search.js';
import { createScorer } from './scorer.js';
import type { Scorer } from './scorer.js';

const now = 1_700_000_000;
const clock: Clock = {
  now: () => now,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
  }),
};

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

/** The hour before now of a random walk, at a spacing of its own. */
function walk(metric: string, seed: number, step = 20): NaiveCandidate {
  const random = generator(seed);
  let at = 0;
  const timestamps = Array.from({ length: 3600 / step }, (_, i) => now - 3600 + i * step + 0.25);
  return { metric, timestamps, values: timestamps.map(() => (at += random() - 0.5)) };
}

const query = walk('query', 1);
const shifted = (metric: string, points: number): NaiveCandidate => ({ ...query, metric, values: query.values.map((_, i) => 7 + 3 * query.values[Math.max(0, i - points)]!) });
const live: NaiveCandidate[] = [
  ...Array.from({ length: 150 }, (_, i) => walk(`walk.${i}`, 100 + i, [10, 20, 30, 60][i % 4])),
  shifted('alike.b', 3), shifted('alike.a', 3), shifted('alike.late', 9),
  { ...query, metric: 'flat', values: query.values.map(() => 5) },
  { metric: 'single', timestamps: [now - 100], values: [3] },
  { metric: 'long-ago', timestamps: [now - 90_000, now - 80_000], values: [3, 4] },
  walk('skylark.self', 7),
];
const comparable = live.filter(({ metric }) => !['flat', 'single', 'long-ago', 'skylark.self'].includes(metric));

function documentOf({ metric, timestamps, values }: NaiveCandidate, id: string, shift = 0): ShapeDocument {
  const columns = { timestamps: Float64Array.from(timestamps, (t) => t - shift), values: Float64Array.from(values) };
  return {
    id, metric, kind: 'deviation', score: 70, start: now - 600 - shift, end: now - 100 - shift, from: now - 3600 - shift, until: now - shift, ...columns,
    fingerprint: fingerprint(columns.values), vector: shapeVector(columns.timestamps, columns.values),
  };
}
const past = Array.from({ length: 150 }, (_, i) => ({ ...walk(`past.${i % 40}`, 900 + i), id: `p${i}` }));
const documents = [
  ...past.map((one) => documentOf(one, one.id, 500_000)),
  documentOf(shifted('past.alike', 2), 'alike', 700_000), documentOf(query, 'query-before', 800_000), documentOf(query, 'query-now', 60),
  documentOf(live.find(({ metric }) => metric === 'flat')!, 'flat', 400_000),
];
const comparablePast = documents.filter(({ id }) => id !== 'query-now' && id !== 'flat')
  .map(({ id, metric, timestamps, values }) => ({ id, metric, timestamps: [...timestamps], values: [...values] }));

const finding: AnomalyFinding = {
  id: 'open-one', metric: 'query', kind: 'deviation', state: 'open', start: now - 600, end: null, peak: now - 500, value: 1, score: 80, expected: null, votes: {},
  detectors: [], explanation: '', lastFlagged: now - 30, updated: now - 30,
};

async function write(backend: Backend, series: readonly NaiveCandidate[]): Promise<void> {
  const handles = await backend.series.handles(series.map(({ metric }) => metric));
  const rows = series.flatMap(({ timestamps, values }, i) => timestamps.map((timestamp, k) => [handles[i]!, timestamp, values[k]!] as const));
  await backend.series.append({
    handles: Uint32Array.from(rows, ([handle]) => handle), timestamps: Float64Array.from(rows, ([, t]) => t), values: Float64Array.from(rows, ([, , v]) => v), length: rows.length,
  });
}

const opened = {} as { folder: string; backend: Backend; scorer: Scorer };
const scorerOf = (index: AnomalyIndex): Scorer => createScorer({ series: opened.backend.series, index, log: opened.backend.anomalies, collections: opened.backend.collections, clock, logger: silentLogger });
const search = (request: SearchRequest): Promise<SearchAnswer> => opened.scorer.search(request);

beforeAll(async () => {
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-scorer-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger });
  await write(opened.backend, [query, ...live]);
  await opened.backend.index.put(documents);
  await opened.backend.anomalies.record([finding, { ...finding, id: 'alike', metric: 'past.alike', state: 'closed', start: now - 700_600, end: now - 700_100 }]);
  opened.scorer = scorerOf(opened.backend.index);
});

afterAll(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

const window = { from: now - 3600, until: now };

function expectRanks(answer: SearchAnswer, expected: ReturnType<typeof naiveSearch>): void {
  expect(answer.total).toBe(expected.length);
  const first = expected.slice(0, answer.matches.length);
  expect(answer.matches.map(({ metric, id }) => [metric, id])).toEqual(first.map(({ metric, id }) => [metric, id]));
  answer.matches.forEach(({ distance }, i) => expect(distance).toBeCloseTo(first[i]!.distance, 8));
}

describe('a search', () => {
  it.each<[string, SearchRequest, NaiveDistance]>([
    ['dtw', {}, naiveBandedDtw(0.1)],
    ['dtw in another band', { band: 0.03 }, naiveBandedDtw(0.03)],
    ['dtw without a band', { band: 1 }, naiveBandedDtw(1)],
    ['euclidean', { method: 'euclidean' }, naiveEuclidean],
    ['fastdtw', { method: 'fastdtw', radius: 2 }, (a, b) => fastDtw(Float64Array.from(a), Float64Array.from(b), 2).distance],
  ])('by %s ranks as comparing everything does', async (_, options, distance) => {
    const answer = await search({ metric: 'query', ...window, limit: 40, ...options });
    expect(answer.length).toBe(180);
    expectRanks(answer, naiveSearch(query, [...comparable, ...comparablePast], distance));
    expectRanks(await search({ metric: 'query', ...window, scope: 'live', limit: 400, ...options }), naiveSearch(query, comparable, distance));
    expectRanks(await search({ metric: 'query', ...window, scope: 'anomalies', ...options }), naiveSearch(query, comparablePast, distance));
  });

  it('by a curve compares it with live series of its window and with anomalies', async () => {
    const values = query.values.filter((_, i) => i % 3 === 0);
    const curve = { timestamps: values.map((_, i) => i), values };
    expectRanks(await search({ values, ...window, limit: 30 }), naiveSearch(curve, [query, ...comparable, ...documentsAsCandidates()], naiveBandedDtw(0.1)));
  });

  it('finds the look-alikes first, ties by name, and never the query itself', async () => {
    const { matches } = await search({ metric: 'query', ...window, limit: 6 });
    expect(matches.map(({ metric, source, id }) => [metric, source, id])).toEqual([
      ['query', 'anomaly', 'query-before'], ['past.alike', 'anomaly', 'alike'], ['alike.a', 'live', undefined], ['alike.b', 'live', undefined],
      ['alike.late', 'live', undefined], expect.anything(),
    ]);
    expect(matches[2]).toMatchObject({ from: window.from, until: window.until });
    expect(matches[1]).toMatchObject({ from: now - 703_600, until: now - 700_000 });
  });

  it('pages through the same order without overlap', async () => {
    const whole = await search({ metric: 'query', ...window, limit: 40 });
    const pages = await Promise.all([0, 15, 30].map((offset) => search({ metric: 'query', ...window, limit: 15, offset })));
    expect(pages.flatMap(({ matches }) => matches).slice(0, 40)).toEqual(whole.matches);
    expect((await search({ metric: 'query', ...window, offset: 10_000 })).matches).toEqual([]);
    expect(await search({ metric: 'query', ...window, limit: 0 })).toMatchObject({ matches: [], total: whole.total });
  });

  it('answers the points it compared, in their own unit, and where they come from', async () => {
    const { query: asked, matches: [first] } = await search({ metric: 'query', ...window, scope: 'live', limit: 1 });
    expect(asked).toMatchObject({ metric: 'query', ...window });
    expect(asked.values).toHaveLength(180);
    asked.values.forEach((value, i) => expect(value).toBeCloseTo(query.values[i]!, 9));
    expect(first!.values[50]).toBeCloseTo(shifted('alike.a', 3).values[50]!, 9);
  });

  it('explains a match by a path of its distance', async () => {
    const { matches } = await search({ metric: 'query', ...window, limit: 3, explain: true });
    for (const { path } of matches) expect([path![0], path!.at(-1)]).toEqual([[0, 0], [179, 179]]);
    expect((await search({ metric: 'query', ...window, limit: 1, explain: true, method: 'euclidean' })).matches[0]).not.toHaveProperty('path');
    expect((await search({ metric: 'query', ...window, limit: 1 })).matches[0]).not.toHaveProperty('path');
  });

  it('leaves out what is excluded', async () => {
    const { matches, total } = await search({ metric: 'query', ...window, limit: 1000, exclude: ['walk.*', '/^past/', 'alike.a'] });
    expect(matches.map(({ metric }) => metric).sort()).toEqual(['alike.b', 'alike.late', 'query']);
    expect(total).toBe(3);
  });

  it('reports its stages', async () => {
    const { stages, tookMs } = await search({ metric: 'query', ...window });
    expect(stages.map(({ name }) => name)).toEqual(['query', 'live', 'lower-bound', 'dtw', 'anomalies', 'collections', 'matches']);
    const by = new Map(stages.map((stage) => [stage.name, stage]));
    expect(by.get('live')!.candidates).toBe(comparable.length);
    expect(by.get('lower-bound')!.candidates).toBe(comparable.length + comparablePast.length);
    expect(by.get('dtw')!.candidates).toBeLessThan(by.get('lower-bound')!.candidates);
    expect(stages.reduce((sum, stage) => sum + stage.tookMs, 0)).toBeLessThanOrEqual(tookMs);
    expect(opened.scorer.samples().find(({ name, labels }) => name === 'skylark_search_seconds_count' && labels.stage === 'dtw')?.value).toBeGreaterThan(0);
  });

  it('compares at most 512 points', async () => {
    expect((await search({ metric: 'query', ...window })).length).toBe(180);
    const long = { metric: 'long', timestamps: Array.from({ length: 3000 }, (_, i) => now - 3600 + i), values: Array.from({ length: 3000 }, (_, i) => Math.sin(i / 100)) };
    await write(opened.backend, [long]);
    expect((await search({ metric: 'long', ...window, limit: 1 })).length).toBe(512);
    await opened.backend.series.remove(['long']);
  });
});

describe('the query', () => {
  it('has the hour up to its newest datapoint by default', async () => {
    const { query: asked } = await search({ metric: 'query', limit: 1 });
    expect(asked).toMatchObject({ from: now - 3600 - 18.75, until: now - 18.75 });
    expect((await search({ metric: 'long-ago', scope: 'live', from: now - 95_000, limit: 1 })).length).toBe(2);
  });

  it('by an open anomaly is what the store holds of it so far, without itself among the matches', async () => {
    await opened.backend.index.put([documentOf(query, 'open-one')]);
    const { query: asked, matches } = await search({ anomaly: 'open-one', limit: 1000 });
    expect(asked).toMatchObject({ metric: 'query', from: now - 4200, until: now - 29 });
    expect(matches.some(({ metric, source }) => metric === 'query' && source === 'live')).toBe(false);
    expect(matches.map(({ id }) => id)).not.toContain('open-one');
    expect(matches.map(({ id }) => id)).not.toContain('query-now');
    await opened.backend.index.remove({ ids: ['open-one'] });
  });

  it('by a past anomaly is the copy in the index, though the store has forgotten it', async () => {
    const { query: asked, matches } = await search({ anomaly: 'alike', limit: 2 });
    expect(asked).toMatchObject({ metric: 'past.alike', from: now - 703_600, until: now - 700_000 });
    expect(matches.map(({ id }) => id)).toEqual(['query-before', 'query-now']);
    expect((await search({ anomaly: 'p3', limit: 1 })).query.metric).toBe('past.3');
  });

  it.each<[string, SearchRequest, string]>([
    ['an unknown metric', { metric: 'no.such' }, 'unknown-metric'],
    ['an unknown anomaly', { anomaly: 'no-such' }, 'unknown-anomaly'],
    ['an unknown anomaly with a window', { anomaly: 'no-such', from: 1 }, 'unknown-anomaly'],
    ['a flat metric', { metric: 'flat', ...window }, 'flat-query'],
    ['a flat curve', { values: [2, 2, 2] }, 'flat-query'],
    ['one datapoint', { metric: 'single', ...window }, 'too-few-points'],
    ['a window without data', { metric: 'query', from: 1000, until: 2000 }, 'too-few-points'],
  ])('that is %s is refused', async (_, request, code) => {
    await expect(search(request)).rejects.toMatchObject({ code });
  });
});

describe('while the index is away', () => {
  const away: AnomalyIndex = new Proxy({} as AnomalyIndex, { get: () => async () => { throw new SkylarkError('index-away', 'connection refused'); } });

  it('both still answers the live part and says so', async () => {
    const answer = await scorerOf(away).search({ metric: 'query', ...window });
    expectRanks(answer, naiveSearch(query, comparable, naiveBandedDtw(0.1)));
    expect(answer.stages.map(({ name }) => name)).toContain('anomalies: index away');
    expect((await scorerOf(away).search({ anomaly: 'open-one', scope: 'live', limit: 1 })).query.metric).toBe('query');
  });

  it('a search of anomalies alone is refused', async () => {
    await expect(scorerOf(away).search({ metric: 'query', ...window, scope: 'anomalies' })).rejects.toMatchObject({ code: 'index-away' });
  });
});

describe('other work', () => {
  it('gets its turn while a search runs', async () => {
    let turns = 0;
    const timer = setInterval(() => { turns += 1; }, 1);
    const { tookMs } = await search({ metric: 'query', ...window, method: 'fastdtw', radius: 60, limit: 1 });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(tookMs / 200));
    expect(turns).toBeGreaterThan(0);
  });
});

function documentsAsCandidates(): NaiveCandidate[] {
  return documents.filter(({ id }) => id !== 'flat').map(({ id, metric, timestamps, values }) => ({ id, metric, timestamps: [...timestamps], values: [...values] }));
}

describe("Oculus' way", () => {
  it('takes those past anomalies for candidates that hold the shape words of the query, and ranks them as ever', async () => {
    const all = await search({ metric: 'query', ...window, scope: 'anomalies', limit: 1000 });
    const some = await search({ metric: 'query', ...window, scope: 'anomalies', limit: 1000, slop: 20, method: 'fastdtw' });
    const none = await search({ metric: 'query', ...window, scope: 'anomalies', limit: 1000, slop: 0 });
    expect(some.total).toBeLessThan(all.total);
    expect(none.total).toBeLessThanOrEqual(some.total);
    expect(some.matches.map(({ id }) => id)).toContain('query-before');
    expect(some.matches.every(({ distance }, i) => i === 0 || distance >= some.matches[i - 1]!.distance)).toBe(true);
    await expect(search({ metric: 'query', ...window, slop: -1 })).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('saved investigations', () => {
  it('that hold something alike come first, whatever the scope, with their own copy', async () => {
    const before = await search({ metric: 'query', ...window, limit: 3 });
    const series = [query, walk('other', 55)].map(({ metric, timestamps, values }) => ({ metric: `${metric}.kept`, timestamps: Float64Array.from(timestamps, (t) => t - 9e6), values: Float64Array.from(values, (v) => 5 - 2 * -v) }));
    const saved = { id: 'c1', title: 'Last time', metrics: series.map(({ metric }) => metric), from: now - 9e6 - 3600, until: now - 9e6, series, notes: '', comments: [], updated: now };
    await opened.backend.collections.put(saved, 0);
    await opened.backend.collections.put({ ...saved, id: 'c2', series: [series[1]!] }, 0);
    for (const scope of ['live', 'anomalies', 'both'] as const) {
      const { matches } = await search({ metric: 'query', ...window, limit: 3, scope });
      expect(matches[0]).toMatchObject({ source: 'collection', id: 'c1', metric: 'query.kept' });
      expect(matches.filter(({ source }) => source === 'collection')).toHaveLength(1);
    }
    const after = await search({ metric: 'query', ...window, limit: 4 });
    expect(after.matches.slice(1).map(({ metric }) => metric)).toEqual(before.matches.map(({ metric }) => metric));
    for (const id of ['c1', 'c2']) await opened.backend.collections.delete(id);
  });
});
