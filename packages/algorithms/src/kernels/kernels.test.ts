import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledKernels } from '../../oracle/compiled-kernels.js';
import { naiveDtw, squared } from '../../oracle/naive-distances.js';
import { generator, shapeKinds, shapeOfKind } from '../../oracle/shape-kinds.js';
import { boundUnit } from '../shape-index/board.js';
import { prepareQuery } from '../shape-index/prepared-query.js';
import { createShapeColumns } from '../shape-index/shape-columns.js';
import { createArena } from './arena.js';
import { createKernels } from './create-kernels.js';
import { highestBound, jobBounds, jobMask, jobNormalised, jobPages, jobResults } from './layout.js';
import { createKernelMemory } from './web-assembly.js';

const wasm = await compiledKernels();
const kinds = Object.keys(shapeKinds);

/** Columns, a query, and what the kernels make of them one by one. */
function workbench(simd: boolean, shapes: readonly Float64Array[], query: Float64Array, radius: number) {
  const arena = createArena(createKernelMemory(2 ** 26));
  const { kernels } = createKernels(arena.memory, simd ? wasm : null);
  const columns = createShapeColumns(arena, query.length);
  for (const shape of shapes) columns.add(shape);
  const { job, limit, resultCount } = prepareQuery(arena, query, { radius, count: shapes.length + 1, within: Infinity });
  const [bounds, mask, results, ids] = [arena.allocate(512), arena.allocate(256), arena.allocate(4096), arena.allocate(1024)];
  const scratch = arena.allocate(kernels.scratchBytes(query.length, radius, shapes.length + 1));
  const { words, shorts, bytes, floats } = arena.views();
  for (const [field, value] of [[jobPages, columns.table], [jobNormalised, 1], [jobBounds, bounds], [jobMask, mask], [jobResults, results]] as const) words[(job + field) / 4] = value;
  shapes.forEach((_, id) => { words[ids / 4 + id] = id; });
  const page = words[columns.table / 4]!;
  return {
    kernels, job, page, bounds, ids, scratch, bytes, mask,
    sketch: () => kernels.sketchPage(job, page, scratch),
    bound: () => {
      const candidates = kernels.boundPage(job, page, 0);
      return { candidates, bounds: [...shorts.subarray(bounds / 2, bounds / 2 + 256)] };
    },
    /** Squared distances by id. */
    distances: (scan: () => number) => {
      words[resultCount / 4] = 0;
      floats[limit / 4] = Infinity;
      kernels.beginScan(job, scratch, 0);
      scan();
      const found = new Map<number, number>();
      for (let i = 0; i < words[resultCount / 4]!; i += 1) found.set(words[results / 4 + 2 * i]!, floats[results / 4 + 2 * i + 1]!);
      return shapes.map((_, id) => found.get(id));
    },
  };
}

const situation = fc.record({ length: fc.integer({ min: 8, max: 140 }), part: fc.double({ min: 0, max: 1, noNaN: true }), size: fc.integer({ min: 1, max: 40 }), kind: fc.constantFrom(...kinds), seed: fc.integer() });

function make({ length, size, kind, seed }: { length: number; size: number; kind: string; seed: number }) {
  const random = generator(seed);
  const one = (): Float64Array => shapeOfKind(kind, length, random) ?? one();
  return { query: one(), shapes: Array.from({ length: size }, one) };
}

describe.each([['compiled', true, 400], ['plain', false, 100]])('%s kernels', (_, simd, numRuns) => {
  it('measure every distance as its definition does, with bounds first and without', () => {
    fc.assert(fc.property(situation, (given) => {
      const { query, shapes } = make(given);
      const radius = Math.ceil(given.part * (given.length - 1));
      const { kernels, job, ids, scratch, sketch, distances } = workbench(simd, shapes, query, radius);
      sketch();
      const expected = shapes.map((shape) => naiveDtw(query, shape, squared, radius));
      for (const straight of [0, 1]) {
        distances(() => kernels.scanDtw(job, ids, shapes.length, scratch, straight) + kernels.endScan(job, scratch)).forEach((distance, id) => expect(Math.sqrt(distance!)).toBeCloseTo(Math.sqrt(expected[id]!), 3));
      }
      const euclid = shapes.map((shape) => shape.reduce((sum, value, i) => sum + (value - query[i]!) ** 2, 0));
      distances(() => kernels.scanEuclid(job, ids, shapes.length, scratch)).forEach((distance, id) => expect(Math.sqrt(distance!)).toBeCloseTo(Math.sqrt(euclid[id]!), 3));
    }), { numRuns });
  });

  it('have bounds from the sketches that are never above the distance', () => {
    fc.assert(fc.property(situation, (given) => {
      const { query, shapes } = make(given);
      const radius = Math.ceil(given.part * (given.length - 1));
      const { sketch, bound } = workbench(simd, shapes, query, radius);
      expect([sketch(), sketch()]).toEqual([shapes.length, 0]);
      const { bounds, candidates } = bound();
      expect(candidates).toBe(shapes.length);
      shapes.forEach((shape, id) => expect(bounds[id]! * boundUnit(given.length)).toBeLessThanOrEqual(naiveDtw(query, shape, squared, radius) + 1e-4));
      expect(bounds.slice(shapes.length).every((one) => one === highestBound)).toBe(true);
    }), { numRuns });
  });
});

describe('the compiled kernels and their twins', () => {
  it('make the same sketches and bounds, but for a step of rounding, and gather the same ids', () => {
    fc.assert(fc.property(situation, fc.nat(highestBound), (given, limit) => {
      const { query, shapes } = make(given);
      const [compiled, plain] = [true, false].map((simd) => {
        const bench = workbench(simd, shapes, query, 3);
        bench.bytes[bench.mask] = 1;
        bench.sketch();
        const { bounds, candidates } = bench.bound();
        const gathered = bench.kernels.gatherBelow(bench.bounds, 256, limit, bench.ids);
        return { bounds, candidates, gathered, count: bounds.filter((one) => one <= limit).length };
      });
      expect(compiled!.candidates).toBe(plain!.candidates);
      compiled!.bounds.forEach((one, id) => expect(Math.abs(Math.sqrt(one) - Math.sqrt(plain!.bounds[id]!))).toBeLessThan(2.5));
      for (const { gathered, count } of [compiled!, plain!]) expect(gathered).toBe(count);
      expect(compiled!.bounds[0]).toBe(highestBound);
    }), { numRuns: 200 });
  });

  it('the bounds keep what is far apart', () => {
    const wave = (phase: number): Float64Array => Float64Array.from({ length: 128 }, (_, i) => Math.SQRT2 * Math.sin((2 * Math.PI * i) / 64 + phase));
    const { sketch, bound } = workbench(true, [wave(0), wave(Math.PI)], wave(0.1), 6);
    sketch();
    const [near, far] = bound().bounds;
    expect(near! * boundUnit(128)).toBeLessThan(0.5);
    expect(far! * boundUnit(128)).toBeGreaterThan(100);
  });
});
