import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@skylark/core';
import type { Clock, SearchAnswer, SearchRequest } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledKernels } from '../../../algorithms/oracle/compiled-kernels.js';
import { createLiveShapes, createScorer, openSearchCrew } from '../index.js';
import type { Scorer, SearchCrew } from '../index.js';

await compiledKernels();
const now = 1_700_000_000;
const clock: Clock = { now: () => now, elapsedMs: () => performance.now(), sleep: (ms) => new Promise((resolve) => { setTimeout(resolve, Math.min(ms, 5)); }) };
const size = 3000;

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

interface Planted {
  readonly metric: string;
  readonly every: number;
  readonly value: (at: number) => number;
  /** How much later than the query; undefined for one that is not alike. */
  readonly lag?: number;
  readonly sign?: 1 | -1;
}

/** What a seed has: a query that does something all its own, some that did it earlier or upside down, and a crowd. */
function planted(seed: number): Planted[] {
  const random = generator(seed);
  const waves = Array.from({ length: 5 }, () => ({ period: 240 + 2000 * random(), phase: 7 * random(), height: random() + 0.3 }));
  const own = (at: number): number => waves.reduce((sum, { period, phase, height }) => sum + height * Math.sin((2 * Math.PI * at) / period + phase), 0);
  const noisy = (): number => 0.15 * (random() - 0.5);
  const alike = Array.from({ length: 12 }, (_, i): Planted => {
    const lag = -10 * Math.floor(30 * random());
    const sign = i % 3 === 2 ? -1 : 1;
    return { metric: `alike.${i}`, every: [10, 20][i % 2]!, lag, sign, value: (at) => 30 * i + sign * (i + 1) * (own(at - lag) + noisy()) };
  });
  const crowd = Array.from({ length: size - alike.length - 1 }, (_, i): Planted => ({ metric: `crowd.${i % 17}.${i}`, every: [20, 30, 60][i % 3]!, value: crowdValue(i, random) }));
  return [{ metric: 'query', every: 10, value: (at) => 50 + own(at) + noisy() }, ...alike, ...crowd];
}

function crowdValue(i: number, random: () => number): (at: number) => number {
  let at = 0;
  const [period, phase] = [300 + 3000 * random(), 7 * random()];
  if (i % 3 === 0) return () => (at += random() - 0.5);
  if (i % 3 === 1) return (time) => Math.sin((2 * Math.PI * time) / period + phase) + 0.5 * random();
  return (time) => (time % 2000 > 1000 + 100 * phase ? 10 : 0) + random();
}

interface Opened {
  /** Answered by reading everything, once. */
  fully(more: SearchRequest): Promise<SearchAnswer>;
  /** With the live index, compiled and plain. */
  readonly short: readonly Scorer[];
  readonly all: readonly Planted[];
  close(): Promise<void>;
}

async function open(seed: number): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'skylark-lagged-'));
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: silentLogger, shards: 8 });
  const all = planted(seed);
  const handles = await backend.series.handles(all.map(({ metric }) => metric));
  for (let first = 0; first < all.length; first += 250) {
    const rows = all.slice(first, first + 250).flatMap(({ every, value }, i) => Array.from({ length: Math.floor(4500 / every) }, (_, k) => {
      const at = now - 4500 + k * every + ((first + i) % every);
      return [handles[first + i]!, at, value(at)] as const;
    }));
    await backend.series.append({ handles: Uint32Array.from(rows, ([handle]) => handle), timestamps: Float64Array.from(rows, ([, at]) => at), values: Float64Array.from(rows, ([, , value]) => value), length: rows.length });
  }
  const ports = { series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger: silentLogger };
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const crews: SearchCrew[] = [];
  const short: Scorer[] = [];
  for (const simd of [true, false]) {
    const crew = await openSearchCrew({ simd, threads: 0, maximumBytes: 2 ** 27, logger: silentLogger });
    const live = createLiveShapes({ series: backend.series, crew, readUpTo: 100, clock, logger: silentLogger });
    crews.push(crew);
    running.push(live.run(stopping.signal));
    short.push(createScorer({ ...ports, live }));
    while (live.samples().find(({ name }) => name === 'skylark_live_index_filled_ratio')!.value < 1) await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  const whole = createScorer(ports);
  const read = new Map<SearchRequest, Promise<SearchAnswer>>();
  return {
    all, short,
    fully(more) {
      const answer = read.get(more) ?? whole.search({ ...request, ...more, limit: 10 });
      read.set(more, answer);
      return answer;
    },
    async close() {
      stopping.abort();
      await Promise.all(running);
      for (const crew of crews) await crew.close();
      await backend.close();
      await rm(folder, { recursive: true });
    },
  };
}

const hour = { from: now - 3600, until: now };
const request: SearchRequest = { metric: 'query', ...hour, scope: 'live', maxLagSeconds: 300, mirrored: true, limit: 12 };
const asked: readonly (readonly [string, SearchRequest])[] = [
  ['shifted, by Euclid', { method: 'euclidean', mirrored: false }],
  ['shifted and mirrored, warped', { method: 'dtw' }],
  ['mirrored only', { maxLagSeconds: 0 }],
  ['without noise', { ignore: ['height', 'level', 'noise'] }],
  ['where height counts', { ignore: ['level'], mirrored: false }],
  ['where height and level count', { ignore: [], method: 'euclidean' }],
  ['for a metric of the crowd', { metric: 'crowd.3.20' }],
  ['over more than the index holds, as an anomaly with its hour of context', { from: now - 4350, maxLagSeconds: 120 }],
  ['by FastDTW', { method: 'fastdtw' }],
  ['over half an hour', { from: now - 2400, until: now - 600 }],
];
const namesOf = ({ matches }: SearchAnswer): string[] => matches.map(({ metric }) => metric);
const recall = (found: SearchAnswer, expected: SearchAnswer): number => namesOf(expected).filter((metric) => namesOf(found).includes(metric)).length / expected.matches.length;

describe.each([1, 2, 3])('a search for leaders among 3,000 live series, seed %i', (seed) => {
  let opened: Opened;
  beforeAll(async () => { opened = await open(seed); }, 120_000);
  afterAll(() => opened.close());

  it('finds all that moved alike, earlier and upside down, with the lag within one resolution, and reads a shortlist for it', async () => {
    for (const scorer of opened.short) {
      const { matches, stages, partial, total } = await scorer.search(request);
      const alike = opened.all.filter(({ lag }) => lag !== undefined);
      for (const { metric, lag, every, sign } of alike) {
        const match = matches.find((one) => one.metric === metric);
        expect(match, metric).toMatchObject({ sign });
        expect(Math.abs(match!.lagSeconds! - lag!), metric).toBeLessThanOrEqual(every);
      }
      expect(partial).toBeNull();
      expect(total).toBeGreaterThan(0.9 * size);
      expect(stages.find(({ name }) => name === 'lagged shortlist')!.candidates).toBe(total);
      expect(stages.find(({ name }) => name === 'live: align')!.candidates).toBe(64);
    }
  });

  it.each([['compiled', 0], ['plain', 1]] as const)('has the first ten of a full read, whatever is asked for, %s', async (_, which) => {
    const recalls = new Map<string, number>();
    for (const [what, more] of asked) {
      const [expected, found] = [await opened.fully(more), await opened.short[which]!.search({ ...request, ...more, limit: 10 })];
      expect(found.stages.map(({ name }) => name)).toContain('lagged shortlist');
      recalls.set(what, recall(found, expected));
      for (const match of found.matches) {
        const same = expected.matches.find(({ metric }) => metric === match.metric);
        if (same !== undefined) expect(match).toEqual(same);
      }
    }
    const all = [...recalls.values()];
    expect(Math.min(...all), JSON.stringify([...recalls])).toBeGreaterThanOrEqual(0.9);
    expect(all.reduce((sum, one) => sum + one, 0) / all.length, JSON.stringify([...recalls])).toBeGreaterThanOrEqual(0.95);
  }, 120_000);

  it.each<[string, SearchRequest]>([
    ['anywhere in a day', { subsequence: true }],
    ['at other speeds', { ignore: ['height', 'level', 'stretching'] }],
    ['hours ago', { from: now - 20_000, until: now - 16_400 }],
    ['with a lag of most of the window', { maxLagSeconds: 3000 }],
    ['over minutes', { from: now - 300 }],
  ])('reads the store for what the index does not hold: %s', async (_, more) => {
    const answer = await opened.short[0]!.search({ values: Array.from({ length: 60 }, (__, i) => Math.sin(i / 5)), ...hour, scope: 'live', budgetMs: 50, ...more, ...(more.ignore === undefined && { maxLagSeconds: more.maxLagSeconds ?? 300 }) });
    expect(answer.stages.map(({ name }) => name)).not.toContain('lagged shortlist');
  });

  it('reads the store, the likeliest first, where there is no SIMD and the budget is less than a look at every series would take', async () => {
    const [compiled, plain] = [await opened.short[0]!.search({ ...request, budgetMs: 100 }), await opened.short[1]!.search({ ...request, budgetMs: 100 })];
    expect(compiled.stages.map(({ name }) => name)).toContain('lagged shortlist');
    expect(plain.stages.map(({ name }) => name)).not.toContain('lagged shortlist');
    expect(plain.partial).toBe('budget');
  });
});
