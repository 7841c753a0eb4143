import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledKernels } from '../../oracle/compiled-kernels.js';
import { naiveResample, naiveZNormalise } from '../../oracle/naive-distances.js';
import { generator } from '../../oracle/shape-kinds.js';
import { euclidean } from '../distances/euclidean.js';
import { createArena } from '../kernels/arena.js';
import { createKernels } from '../kernels/create-kernels.js';
import { createKernelMemory } from '../kernels/web-assembly.js';
import { createBoard } from './board.js';
import { createShapeIndex } from './shape-index.js';
import { createShapeSearch } from './shape-search.js';

const wasm = await compiledKernels();
const start = 1_700_000_000;
const windowSeconds = 3600;

function bench(simd: boolean, length: number) {
  const arena = createArena(createKernelMemory(2 ** 28));
  const { kernels } = createKernels(arena.memory, simd ? wasm : null);
  const search = createShapeSearch({ arena, kernels, board: createBoard(arena, kernels), threads: 1 });
  const index = createShapeIndex({ arena, windows: [{ length, windowSeconds }], originSeconds: start });
  return {
    index, arena,
    /** Euclidean distances to a query by metric, of all that have a shape. */
    distances: async (query: Float64Array, until: number): Promise<Map<string, number>> => {
      const mask = arena.allocate(index.capacity + 256);
      for (let id = 0; id < index.capacity; id += 1) arena.views().bytes[mask + id] = index.metric(id) === undefined ? 1 : 0;
      const [rings] = index.windows;
      const oldest = rings!.gridAt(until) - length + 1;
      const { nearest } = await search.nearest(rings!, query, { method: 'euclidean', radius: 0, count: index.size, mask, oldest });
      arena.release(mask, index.capacity + 256);
      return new Map(nearest.map(({ id, squared }) => [index.metric(id)!, Math.sqrt(squared)]));
    },
  };
}

/** What the documentation says of a ring, from all datapoints there ever were. */
function naiveColumn(timestamps: readonly number[], values: readonly number[], { length, until }: { length: number; until: number }): number[] | 'rounding' | null {
  const step = windowSeconds / (length - 1);
  const end = Math.floor(until / step);
  const known: { place: number; value: number }[] = [];
  for (let grid = end - length + 1; grid <= end; grid += 1) {
    const right = timestamps.findIndex((timestamp) => timestamp >= grid * step);
    const exact = timestamps[right] === grid * step;
    if (right < 0 || (right === 0 && !exact)) continue;
    const left = exact ? right : right - 1;
    // A pause is one that passes more than 8 instants.
    const passed = right === 0 ? 0 : Math.floor(timestamps[right]! / step) - Math.floor(timestamps[right - 1]! / step);
    if (passed > 8) continue;
    const part = left === right ? 0 : (grid * step - timestamps[left]!) / (timestamps[right]! - timestamps[left]!);
    known.push({ place: grid, value: values[left]! + part * (values[right]! - values[left]!) });
  }
  const all = known.map(({ value }) => value);
  if (known.length < 2) return null;
  // Less than about 1e-12 of the magnitude is no shape.
  if (Math.max(...all) - Math.min(...all) < 1e-11 * Math.max(...all.map(Math.abs))) return 'rounding';
  return naiveZNormalise(naiveResample(known.map(({ place }) => place), known.map(({ value }) => value), length));
}

const life = fc.record({
  seed: fc.integer(),
  length: fc.constantFrom(8, 31, 64, 128),
  spacing: fc.constantFrom(1, 10, 28.125, 60, 300),
  jitter: fc.constantFrom(0, 0.3),
  pause: fc.constantFrom(0, 0.01),
  count: fc.integer({ min: 1, max: 400 }),
  level: fc.constantFrom(0, 1e6, -1e9),
  /** How long after its newest datapoint the window ends; it may end before. */
  quiet: fc.constantFrom(0, 100, 1800, -100),
});

describe.each([['compiled', true], ['plain', false]])('an index with %s kernels', (_, simd) => {
  it('holds of each series what its datapoints say, in whatever pieces they came', async () => {
    await fc.assert(fc.asyncProperty(life, async ({ seed, length, spacing, jitter, pause, count, level, quiet }) => {
      const random = generator(seed);
      const timestamps: number[] = [];
      const values: number[] = [];
      for (let at = start, value = level; timestamps.length < count; at += spacing * (1 + jitter * random()) + (random() < pause ? 2000 * random() : 0)) {
        timestamps.push(at);
        values.push(value += random() - 0.5);
      }
      const one = bench(simd, length);
      for (let i = 0; i < count;) {
        const until = i + 1 + Math.floor(random() * 20);
        one.index.append({ metric: 'a', timestamps: Float64Array.from(timestamps.slice(i, until)), values: Float64Array.from(values.slice(i, until)) });
        i = until;
      }
      const now = timestamps.at(-1)! + quiet;
      const expected = naiveColumn(timestamps, values, { length, until: now });
      const query = Float64Array.from(naiveZNormalise(Array.from({ length }, () => random()))!);
      const distance = (await one.distances(query, now)).get('a');
      if (expected === 'rounding') return;
      if (expected === null) expect(distance).toBeUndefined();
      else expect(Math.abs(distance! - euclidean(query, Float64Array.from(expected)))).toBeLessThan(0.02);
    }), { numRuns: simd ? 1000 : 300 });
  });
});

describe('an index', () => {
  const series = (metric: string, from: number, count: number) => ({
    metric, timestamps: Float64Array.from({ length: count }, (_, i) => from + 10 * i), values: Float64Array.from({ length: count }, (_, i) => Math.sin(i / 7) + metric.length),
  });

  it('gives the places of removed series to new ones, and its last pages back', () => {
    const { index, arena } = bench(true, 32);
    const empty = arena.usedBytes;
    for (let i = 0; i < 1000; i += 1) index.append(series(`m${i}`, start, 3));
    const full = arena.usedBytes;
    expect(index.capacity).toBe(1024);
    for (let i = 0; i < 1000; i += 1) if (i % 2 === 0) expect(index.remove(`m${i}`)).toBe(true);
    expect(index.remove('m0')).toBe(false);
    for (let i = 0; i < 500; i += 1) index.append(series(`n${i}`, start, 3));
    expect([index.size, index.capacity, arena.usedBytes]).toEqual([1000, 1024, full]);
    for (let id = 0; id < 1024; id += 1) if (index.metric(id) !== undefined) index.remove(index.metric(id)!);
    expect([index.size, index.capacity, arena.usedBytes]).toEqual([0, 0, empty]);
  });

  it('says when a datapoint came late, and is right again once it was filled anew', () => {
    const { index } = bench(true, 32);
    const whole = series('a', start, 100);
    expect(index.append(whole)).toBe('taken');
    expect(index.append(series('a', start + 500, 1))).toBe('late');
    expect(index.newest(index.id('a')!)).toBe(start + 990);
    index.refill(series('a', start, 50));
    expect(index.newest(index.id('a')!)).toBe(start + 490);
  });

  it('lets go of series that have gone quiet', () => {
    const { index } = bench(true, 32);
    index.append(series('old', start, 10));
    index.append(series('new', start + 5000, 10));
    expect(index.removeQuietSince(start + 4000)).toBe(1);
    expect([index.id('old'), index.size]).toEqual([undefined, 1]);
  });

  it('names series whose values single precision cannot hold', () => {
    const { index } = bench(true, 32);
    for (const [metric, value] of [['huge', 1e300], ['tiny', 1e-300], ['zero', 0], ['fine', 5]] as const) index.append({ metric, timestamps: Float64Array.of(start), values: Float64Array.of(value) });
    expect(index.unusual(start - 10)).toEqual(['huge', 'tiny']);
    expect(index.unusual(start + 10)).toEqual([]);
  });
});
