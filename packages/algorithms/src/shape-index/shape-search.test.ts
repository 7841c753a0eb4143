import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledKernels } from '../../oracle/compiled-kernels.js';
import { generator, shapeKinds, shapeOfKind } from '../../oracle/shape-kinds.js';
import { euclidean } from '../distances/euclidean.js';
import { bandRadius, searchDtw } from '../distances/search-dtw.js';
import { createArena } from '../kernels/arena.js';
import { createKernels } from '../kernels/create-kernels.js';
import { createKernelMemory } from '../kernels/web-assembly.js';
import { createBoard } from './board.js';
import { exactRanks } from './exact-ranks.js';
import { createShapeColumns } from './shape-columns.js';
import { createShapeSearch } from './shape-search.js';
import type { KernelMethod } from './shape-search.js';

const soak = process.env['SKYLARK_SOAK'] === '1';
const wasm = await compiledKernels();
const kindNames = Object.keys(shapeKinds);

interface Case {
  readonly length: number;
  readonly band: number;
  readonly size: number;
  readonly count: number;
  readonly method: KernelMethod;
  readonly kinds: readonly string[];
  /** Every so manieth column repeats an earlier one. */
  readonly repeats: number;
  readonly seed: number;
}

/** Long columns by the dozen; short ones by the hundred, so that most are left out by their bounds. */
const sizes = fc.oneof(
  fc.record({ length: fc.oneof(fc.integer({ min: 8, max: 512 }), fc.constantFrom(127, 128, 129, 511, 512)), size: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ length: fc.oneof(fc.integer({ min: 8, max: 70 }), fc.constantFrom(8, 16, 31, 32, 33, 63, 64, 65)), size: fc.integer({ min: 60, max: 600 }) }),
);

const cases: fc.Arbitrary<Case> = sizes.chain((size) => fc.record({
  length: fc.constant(size.length),
  band: fc.oneof(fc.constantFrom(0, 0.05, 0.1, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  size: fc.constant(size.size),
  count: fc.integer({ min: 1, max: 15 }),
  method: fc.constantFrom<KernelMethod>('dtw', 'dtw', 'dtw', 'euclidean'),
  kinds: fc.uniqueArray(fc.constantFrom(...kindNames), { minLength: 1, maxLength: 4 }),
  repeats: fc.constantFrom(2, 5, 1000),
  seed: fc.integer(),
}));

function shapesOf({ length, size, kinds, repeats, seed }: Case): { query: Float64Array; shapes: Float64Array[] } {
  const random = generator(seed);
  const make = (): Float64Array => shapeOfKind(kinds[Math.floor(random() * kinds.length)]!, length, random) ?? make();
  const shapes: Float64Array[] = [];
  for (let i = 0; i < size; i += 1) shapes.push(i % repeats === repeats - 1 ? shapes[Math.floor(random() * i)]! : make());
  return { query: random() < 0.3 ? shapes[Math.floor(random() * size)]! : make(), shapes };
}

function exactDistance({ method, band }: Case, query: Float64Array, shape: Float64Array): number {
  return method === 'euclidean' ? euclidean(query, shape) : searchDtw(query, shape, { band });
}

/** Ids scattered, so that ties by name are not ties by id. */
const tie = (a: number, b: number): number => Math.imul(a + 1, 2654435761) - Math.imul(b + 1, 2654435761);

function searcher(simd: boolean) {
  const arena = createArena(createKernelMemory(2 ** 28));
  const { kernels } = createKernels(arena.memory, simd ? wasm : null);
  const search = createShapeSearch({ arena, kernels, board: createBoard(arena, kernels), threads: 1 });
  return async (one: Case, query: Float64Array, shapes: readonly Float64Array[]) => {
    const columns = createShapeColumns(arena, one.length);
    for (const shape of shapes) columns.add(shape);
    const mask = arena.allocate(shapes.length + 256);
    const { nearest } = await search.nearest(columns, query, { method: one.method, radius: bandRadius(one.band, one.length), count: one.count, mask });
    arena.release(mask, shapes.length + 256);
    columns.release();
    return exactRanks(nearest, { count: one.count, tie, distance: (id) => exactDistance(one, query, shapes[id]!) });
  };
}

describe.each([['compiled', true, soak ? 20_000 : 2000], ['plain', false, soak ? 5000 : 250]])('a search with %s kernels', (_, simd, numRuns) => {
  it('ranks as comparing everything exactly does', { timeout: 3_600_000 }, async () => {
    const nearest = searcher(simd);
    await fc.assert(fc.asyncProperty(cases, async (one) => {
      const { query, shapes } = shapesOf(one);
      const all = shapes.map((_shape, id) => ({ id }));
      const expected = exactRanks(all, { count: one.count, tie, distance: (id) => exactDistance(one, query, shapes[id]!) });
      expect(await nearest(one, query, shapes)).toEqual(expected);
    }), { numRuns });
  });
});
