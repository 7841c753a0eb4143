import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledKernels } from '../../oracle/compiled-kernels.js';
import { naiveLag } from '../../oracle/naive-lag.js';
import { generator } from '../../oracle/shape-kinds.js';
import type { Normalisation } from '../alignment/normalise-curve.js';
import { createArena } from '../kernels/arena.js';
import type { Arena } from '../kernels/arena.js';
import { createKernels } from '../kernels/create-kernels.js';
import { createKernelMemory } from '../kernels/web-assembly.js';
import { createBoard } from './board.js';
import { leastScores } from './lag-search.js';
import type { LagQuery } from './prepared-lag.js';
import { createShapeRings } from './shape-rings.js';
import type { ShapeRings } from './shape-rings.js';
import { createShapeSearch } from './shape-search.js';

const soak = process.env['SKYLARK_SOAK'] === '1';
const wasm = await compiledKernels();
const start = 1_700_000_000;

const situation = fc.record({
  seed: fc.integer(),
  length: fc.constantFrom(8, 31, 32, 64, 128, 129),
  /** Of the query, as a part of the ring; it may be longer than the ring. */
  part: fc.double({ min: 0.25, max: 1.3, noNaN: true }),
  phases: fc.integer({ min: 1, max: 3 }),
  /** Parts of the query. */
  earlier: fc.double({ min: 0, max: 0.6, noNaN: true }),
  later: fc.double({ min: 0, max: 0.4, noNaN: true }),
  overlap: fc.constantFrom(0.5, 0.7, 1),
  missing: fc.constantFrom(0, 4, 1000),
  normalisation: fc.constantFrom<Normalisation>('both', 'both', 'both', 'level', 'height', 'none'),
  mirrored: fc.boolean(),
  smoothing: fc.constantFrom(1, 1, 5, 9),
  level: fc.constantFrom(0, 40, 1e6),
  size: fc.integer({ min: 1, max: 12 }),
});
type Situation = typeof situation extends fc.Arbitrary<infer Case> ? Case : never;

const kinds: readonly ((random: () => number) => (i: number) => number)[] = [
  (random) => { let at = 0; return () => (at += random() - 0.5); },
  (random) => () => random(),
  (random) => { const phase = 7 * random(); return (i) => Math.sin(i / 9 + phase) + 0.3 * random(); },
  (random) => { const at = 100 * random(); return (i) => (i < at ? 0 : 50) + random(); },
  () => () => 3,
];

/** Rings of some series, each with a history of its own: some late, some with pauses, some begun a while ago. */
function ringsOf(arena: ReturnType<typeof createArena>, { seed, length, level, size }: Situation) {
  const random = generator(seed);
  const rings = createShapeRings(arena, { length, windowSeconds: 10 * (length - 1), originSeconds: start });
  const end = start + 10 * (length + 20);
  for (let id = 0; id < size; id += 1) {
    rings.reset(id);
    const next = kinds[Math.floor(random() * kinds.length)]!(random);
    const [from, until, every] = [random() < 0.7 ? start : start + random() * 10 * length, random() < 0.7 ? end : end - random() * 10 * length, random() < 0.5 ? 10 : 3 + 20 * random()];
    const pause = random() < 0.2 ? from + random() * (until - from) : Infinity;
    const timestamps: number[] = [];
    for (let at = from; at <= until; at += every) if (at < pause || at > pause + 120) timestamps.push(at);
    rings.append(id, Float64Array.from(timestamps), Float64Array.from(timestamps, (at) => level + next((at - start) / 10)));
  }
  return { rings, end, random };
}

function queryOf({ length, part, phases, earlier, later, overlap, missing, normalisation, mirrored, smoothing, level }: Situation, random: () => number, newest: number): LagQuery {
  const points = Math.max(4, Math.round(part * length));
  const next = kinds[Math.floor(random() * (kinds.length - 1))]!(random);
  const columns = Array.from({ length: phases }, () => Float64Array.from({ length: points }, (_, i) => level + next(i)));
  const first = newest - points + 1 + Math.floor(4 * random() - 2);
  return { columns, first, shiftFrom: -Math.floor(earlier * points), shiftTo: Math.floor(later * points), oldest: newest - length - 7, newest, leastOverlap: Math.max(2, Math.ceil(overlap * points)), coveredTo: Math.max(0, points - missing), normalisation, mirrored, smoothing };
}

async function scoresBy(simd: boolean, given: Situation) {
  const arena = createArena(createKernelMemory(2 ** 26));
  const { kernels } = createKernels(arena.memory, simd ? wasm : null);
  const search = createShapeSearch({ arena, kernels, board: createBoard(arena, kernels), threads: 1 });
  const { rings, end, random } = ringsOf(arena, given);
  const query = queryOf(given, random, rings.gridAt(end));
  const mask = arena.allocate(256);
  arena.views().bytes.fill(1, mask + given.size, mask + 256);
  const { nearest, candidates } = await search.lagged(rings, query, { count: 256, mask });
  return { arena, candidates, nearest, query, rings, scores: Array.from({ length: given.size }, (_, id) => nearest.find((one) => one.id === id)?.far ?? Infinity) };
}

/** Squared and by its size: near 0 a root magnifies what single precision loses. */
function expectAlike(actual: number, expected: number, scale: number): void {
  if (!Number.isFinite(expected)) expect(actual).toBe(expected);
  else expect(Math.abs(actual ** 2 - expected ** 2) / scale).toBeLessThan(1e-3);
}

describe('a search for what is shifted', () => {
  it('scores every ring by the plain kernels as by the compiled ones', async () => {
    await fc.assert(fc.asyncProperty(situation, async (given) => {
      const [compiled, plain] = [await scoresBy(true, given), await scoresBy(false, given)];
      const scale = given.normalisation === 'both' || given.normalisation === 'height' ? 1 : 1000 + given.level ** 2 / 1e6;
      compiled.scores.forEach((score, id) => expectAlike(score, plain.scores[id]!, scale));
      expect(compiled.candidates).toBe(plain.candidates);
    }), { numRuns: soak ? 20_000 : 2000 });
  });

  it('scores every ring by its best shift, as the definition does', async () => {
    await fc.assert(fc.asyncProperty(situation, async (given) => {
      const { arena, scores, query, rings } = await scoresBy(false, given);
      const flat = given.normalisation === 'both' || given.normalisation === 'height';
      scores.forEach((score, id) => {
        const held = ringOf(arena, rings, id);
        const expected = naiveLag({
          ...query, columns: query.columns.map((column) => [...column]), valueAt: (instant) => held.get(instant + query.first) ?? NaN,
          oldest: Math.max(query.oldest, query.first + query.shiftFrom) - query.first, newest: Math.min(query.newest, query.first + query.columns[0]!.length - 1 + query.shiftTo) - query.first,
          level: ['both', 'level'].includes(given.normalisation), height: flat,
        });
        // A flat stretch is a question of rounding.
        if (given.normalisation === 'both' && (score === Infinity || expected === Infinity)) return;
        expectAlike(score, expected, flat ? 1 : 1000 + given.level ** 2 / 1e6);
      });
    }), { numRuns: soak ? 5000 : 400 });
  });

  it('finds a ring that did the same three and a half steps earlier, upside down', async () => {
    const arena = createArena(createKernelMemory(2 ** 26));
    const { kernels } = createKernels(arena.memory, wasm);
    const search = createShapeSearch({ arena, kernels, board: createBoard(arena, kernels), threads: 1 });
    const rings = createShapeRings(arena, { length: 64, windowSeconds: 630, originSeconds: start });
    const curve = (at: number): number => Math.sin((at - start) / 90) + Math.sin((at - start) / 31);
    const timestamps = Float64Array.from({ length: 80 }, (_, i) => start + 10 * i);
    for (const [id, wave] of [curve, (at: number) => 500 - 3 * curve(at + 35)].entries()) {
      rings.reset(id);
      rings.append(id, timestamps, timestamps.map(wave));
    }
    const first = rings.gridAt(start + 160);
    const column = (phase: number): Float64Array => Float64Array.from({ length: 60 }, (_, i) => curve(rings.secondsAt(first + i) - 5 * phase));
    const query: LagQuery = { columns: [column(0), column(1)], first, shiftFrom: -8, shiftTo: 2, oldest: rings.gridAt(start), newest: rings.gridAt(start + 790), leastOverlap: 45, coveredTo: 56, normalisation: 'both', mirrored: true, smoothing: 1 };
    const mask = arena.allocate(256);
    const upsideDown = await search.lagged(rings, query, { count: 2, mask });
    expect(upsideDown.nearest.map(({ far }) => far < 0.02)).toEqual([true, true]);
    const upright = await search.lagged(rings, { ...query, mirrored: false }, { count: 2, mask });
    expect(upright.nearest[1]).toMatchObject({ id: 1 });
    expect(upright.nearest[1]!.far).toBeGreaterThan(0.5);
  });
});

/** What lies in a ring, by instant, the base added. */
function ringOf(arena: Arena, rings: ShapeRings, id: number): Map<number, number> {
  const { layout, slots } = rings;
  const { words, ints, shorts, floats, doubles } = arena.views();
  const page = words[rings.table / 4]!;
  const [newest, count, head] = [ints[(page + layout.grids) / 4 + id]!, shorts[(page + layout.counts) / 2 + id]!, shorts[(page + layout.heads) / 2 + id]!];
  const base = doubles[(page + layout.bases) / 8 + id]!;
  return new Map(Array.from({ length: count }, (_, back) => [newest - back, floats[(page + id * layout.stride) / 4 + ((head - 1 - back + slots) % slots)]! + base]));
}

describe('leastScores', () => {
  it('are the first of all in their order', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(0, 0.5, 1, 2, 3, Infinity), { maxLength: 60 }), fc.nat(20), (scores, count) => {
      const expected = scores.map((far, id) => ({ id, far })).filter(({ far }) => far < Infinity).sort((a, b) => a.far - b.far || a.id - b.id).slice(0, count);
      expect(leastScores(Float32Array.from(scores), count)).toEqual(expected);
    }), { numRuns: 500 });
  });
});
