import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@skylark/core';
import type { Backend, Clock, Invariance, SearchRequest } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { createScorer, type Scorer } from '../index.js';

const now = 1_700_000_000;
const clock: Clock = { now: () => now, elapsedMs: () => performance.now(), sleep: async () => undefined };
const every = 20;
const seed = 7;

/** mulberry32 */
function generator(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What moves: a shape of an hour on an otherwise quiet day, between its own time 0 and 1. */
const shape = (part: number): number => (part < 0 || part > 1 ? 0 : 10 * Math.sin(Math.PI * part) + 5 * Math.sin(5 * Math.PI * part));

interface Planted {
  readonly metric: string;
  readonly value: (at: number, noise: number) => number;
}

/** The shape began at `now - 3600 + lag` and ran at a speed. */
const moved = ({ lag = 0, speed = 1, height = 1, level = 0, noisy = 0.3 }) => (at: number, noise: number): number =>
  level + height * shape((at - (now - 3600 + lag)) / (3600 * speed)) + noisy * noise;

const planted: readonly Planted[] = [
  { metric: 'query', value: moved({ level: 50 }) },
  { metric: 'later', value: moved({ lag: -400 }) },
  { metric: 'mirrored', value: moved({ height: -3, level: 90 }) },
  { metric: 'yesterday', value: moved({ lag: -40_000, height: 2 }) },
  { metric: 'same-height', value: moved({ level: 900 }) },
  { metric: 'taller', value: moved({ height: 40, level: 50 }) },
  { metric: 'slower', value: moved({ lag: -2160, speed: 1.6, level: 50 }) },
  { metric: 'noisy', value: moved({ noisy: 7, level: 50 }) },
];

function series({ metric, value }: Planted, index: number) {
  const random = generator(seed * 1000 + index);
  const timestamps = Float64Array.from({ length: 86_400 / every }, (_, i) => now - 86_400 + i * every);
  return { metric, timestamps, values: timestamps.map((at) => value(at, random() + random() - 1)) };
}

const opened = {} as { folder: string; backend: Backend; scorer: Scorer };

beforeAll(async () => {
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-aligned-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger });
  const walks = Array.from({ length: 40 }, (_, i): Planted => {
    const random = generator(i);
    let at = 0;
    return { metric: `walk.${i}`, value: () => (at += 2 * (random() - 0.5)) };
  });
  const all = [...planted, ...walks].map(series);
  const handles = await opened.backend.series.handles(all.map(({ metric }) => metric));
  for (const [i, { timestamps, values }] of all.entries()) {
    await opened.backend.series.append({ handles: new Uint32Array(timestamps.length).fill(handles[i]!), timestamps, values, length: timestamps.length });
  }
  opened.scorer = createScorer({ series: opened.backend.series, index: opened.backend.index, log: opened.backend.anomalies, collections: opened.backend.collections, clock, logger: silentLogger });
});

afterAll(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

const hour = { from: now - 3600, until: now };
const search = (request: SearchRequest) => opened.scorer.search({ metric: 'query', ...hour, scope: 'live', ...request });
const names = async (request: SearchRequest): Promise<string[]> => (await search(request)).matches.map(({ metric }) => metric);

describe('a search that is free to move', () => {
  it('finds what did the same earlier, and says by how much', async () => {
    const { matches } = await search({ metric: 'query', ...hour, maxLagSeconds: 600, limit: 3 });
    const match = matches.find(({ metric }) => metric === 'later');
    expect(Math.abs(match!.lagSeconds! - -400)).toBeLessThanOrEqual(every);
    expect(match!.from - (now - 3600)).toBeCloseTo(match!.lagSeconds!, 6);
    expect(match!.sign).toBe(1);
    const unmoved = await search({ limit: 50 });
    expect(unmoved.matches.find(({ metric }) => metric === 'later')!.distance).toBeGreaterThan(2 * match!.distance);
    expect(unmoved.matches[0]).not.toHaveProperty('lagSeconds');
  });

  it('finds what went the other way only when asked', async () => {
    const { matches } = await search({ mirrored: true, limit: 3 });
    expect(matches.find(({ metric }) => metric === 'mirrored')).toMatchObject({ sign: -1, lagSeconds: 0 });
    expect(await names({ limit: 10 })).not.toContain('mirrored');
  });

  it('finds the shape anywhere in the last day, with the region', async () => {
    const { matches } = await search({ subsequence: true, limit: 6 });
    const match = matches.find(({ metric }) => metric === 'yesterday')!;
    expect(Math.abs(match.from - (now - 43_600))).toBeLessThanOrEqual(every);
    expect(Math.abs(match.until - (now - 40_000))).toBeLessThanOrEqual(2 * every);
    expect(match.values).toHaveLength(matches[0]!.values.length);
    expect(await names({ limit: 6 })).not.toContain('yesterday');
  });

  it.each<[string, string, Invariance[], Invariance[]]>([
    ['height', 'taller', ['height', 'level'], ['level']],
    ['level', 'same-height', ['level'], []],
    ['when', 'yesterday', ['height', 'level', 'when'], ['height', 'level']],
    ['stretching', 'slower', ['height', 'level', 'stretching'], ['height', 'level']],
    ['noise', 'noisy', ['height', 'level', 'noise'], ['height', 'level']],
  ])('that ignores %s finds a match that differs by it, and ranks it farther without', async (_, metric, withIt, without) => {
    const place = async (ignore: Invariance[]): Promise<{ rank: number; distance: number }> => {
      const { matches } = await search({ ignore, limit: 100 });
      const rank = matches.findIndex((match) => match.metric === metric);
      return { rank, distance: matches[rank]?.distance ?? Infinity };
    };
    const [found, missed] = [await place(withIt), await place(without)];
    expect(found.rank).toBeGreaterThanOrEqual(0);
    expect(found.rank).toBeLessThan(5);
    expect(missed.distance).toBeGreaterThan(1.8 * found.distance);
  });

  it('does not look at the points of a drawn curve that do not count', async () => {
    const drawn = Array.from({ length: 60 }, (_, i) => shape(i / 59));
    const spoiled = drawn.map((value, i) => (i >= 20 && i < 30 ? 60 : value));
    const careless = drawn.map((value, i) => (i >= 20 && i < 30 ? null : value));
    const distanceTo = async (values: (number | null)[]): Promise<number> => {
      const { matches } = await opened.scorer.search({ values, ...hour, scope: 'live', limit: 100 });
      return matches.find(({ metric }) => metric === 'same-height')!.distance;
    };
    expect(await distanceTo(careless)).toBeLessThan(0.3 * (await distanceTo(spoiled)));
    const answer = await opened.scorer.search({ values: careless, ...hour, scope: 'live', limit: 1 });
    expect(answer.query.values.slice(19, 31)).toEqual([drawn[19], ...Array<null>(10).fill(null), drawn[30]]);
  });

  it('stops when its time is over and says so', async () => {
    const answer = await search({ subsequence: true, budgetMs: 0.01, limit: 50 });
    expect(answer.partial).toBe('budget');
    expect(answer.total).toBeLessThan(40);
    expect((await search({ budgetMs: 60_000 })).partial).toBeNull();
  });

  it.each([[{ ignore: ['size' as 'height'] }, 'ignore: size'], [{ maxLagSeconds: -1 }, 'maxLagSeconds'], [{ budgetMs: 0 }, 'budgetMs']])('refuses %j', async (request, message) => {
    await expect(search(request)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining(message) as string });
  });
});
