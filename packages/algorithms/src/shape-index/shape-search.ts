import type { Arena } from '../kernels/arena.js';
import type { Kernels } from '../kernels/kernels.js';
import { jobBounds, jobMask, jobNormalised, jobOldest, jobPages, jobResults, seriesPerPage } from '../kernels/layout.js';
import { boundLimit, boundUnit, idsPerItem } from './board.js';
import type { Board, ThreadScratch } from './board.js';
import { orderByBound, pickSeeds } from './bound-order.js';
import { prepareQuery } from './prepared-query.js';
import type { PreparedQuery } from './prepared-query.js';
import { createSearchRoom, threadScratch } from './search-room.js';
import type { ColumnSet } from './shape-columns.js';

export type KernelMethod = 'euclidean' | 'dtw';

export interface NearestOptions {
  readonly method: KernelMethod;
  /** Sakoe-Chiba radius in points; Euclid ignores it. */
  readonly radius: number;
  /** How many of the nearest. */
  readonly count: number;
  /** Farther is of no interest; default Infinity. */
  readonly within?: number;
  /** Address of a byte by id: not 0 is no candidate. Written to while the search runs. */
  readonly mask: number;
  /** Of rings: the oldest instant of the window, as a number of the grid. */
  readonly oldest?: number;
  /** Asked between blocks: a promise lets others have their turn. */
  readonly pause?: () => Promise<void> | undefined;
}

/** All candidates that can be among the nearest: the exact order is to be had from exact distances of these. */
export interface NearestAnswer {
  /** Ids with their squared distance in single precision, nearest first. */
  readonly nearest: readonly { readonly id: number; readonly squared: number }[];
  /** Candidates in all: not masked, and with a shape. */
  readonly candidates: number;
  /** Sketches that were made anew, candidates that the sketches left over, and of these the ones that came as far as the distance itself. */
  readonly sketched: number;
  readonly bounded: number;
  readonly compared: number;
}

/** Finds the nearest of a set of columns. One search at a time. */
export interface ShapeSearch {
  nearest(set: ColumnSet, query: Float64Array, options: NearestOptions): Promise<NearestAnswer>;
  release(): void;
}

/** Candidates compared first, so that there is a limit: the fewest, and per wanted one. */
const fewestSeeds = 20;
const seedsPerWanted = 2;
/** Of a mask: compared already. */
const maskSeed = 0x80;

interface Search {
  readonly set: ColumnSet;
  readonly options: NearestOptions;
  readonly prepared: PreparedQuery;
  readonly scratch: ThreadScratch;
}

export interface ShapeSearchOptions {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly board: Board;
  /** Of the board, this one included. */
  readonly threads: number;
}

/**
 * The cascade: bounds of all from the sketches; some with the least bounds compared for a first limit; then the rest in the order of their bounds, each bound by bound,
 * until the limit is below what is left. Exact up to single precision, with room for its rounding in every limit: the true nearest, ties included, are among those answered,
 * whatever the number of threads.
 *
 * @example const { nearest } = await createShapeSearch({ arena, kernels, board, threads: 1 }).nearest(columns, query, { method: 'dtw', radius: 13, count: 10, mask });
 */
export function createShapeSearch({ arena, kernels, board, threads }: ShapeSearchOptions): ShapeSearch {
  const room = createSearchRoom(arena);
  return {
    async nearest(set, query, options) {
      const radius = options.method === 'dtw' ? Math.min(options.radius, query.length - 1) : 0;
      const prepared = prepareQuery(arena, query, { radius, count: options.count, within: options.within ?? Infinity });
      const scratch = threadScratch(room, threads, kernels.scratchBytes(query.length, radius, options.count));
      try {
        return await search({ set, options, prepared, scratch });
      } finally {
        prepared.release();
      }
    },
    release: () => room.release(),
  };

  async function search({ set, options, prepared, scratch }: Search): Promise<NearestAnswer> {
    const ids = set.pages * seriesPerPage;
    const [bounds, order, results, heap] = [room.take('bounds', 2 * ids), room.take('order', 4 * ids), room.take('results', 8 * ids), room.take('seeds', scratch.bytes)];
    const { words, shorts, bytes, floats } = arena.views();
    const { job } = prepared;
    const fields = { [jobPages]: set.table, [jobNormalised]: set.normalised ? 1 : 0, [jobOldest]: options.oldest ?? 0, [jobBounds]: bounds, [jobMask]: options.mask, [jobResults]: results };
    for (const [name, value] of Object.entries(fields)) words[(job + Number(name)) / 4] = value;
    const sketched = await board.run({ work: 'bound', job, items: set.pages, scratch }, options.pause);
    const boundOf = shorts.subarray(bounds / 2, bounds / 2 + ids);
    const mask = bytes.subarray(options.mask, options.mask + ids);
    const eligible = eligibleIn(arena, set, mask);
    const seeds = pickSeeds(boundOf, eligible, Math.max(fewestSeeds, seedsPerWanted * options.count));
    words.set(seeds, order / 4);
    kernels.beginScan(scratch.address, 0);
    const first = scan(options.method, job, { ids: order, count: seeds.length, scratch: scratch.address });
    for (const id of seeds) mask[id]! |= maskSeed;
    bytes.copyWithin(heap, scratch.address, scratch.address + 16 + 4 * options.count);
    const count = orderByBound(boundOf, { mask, limit: boundLimit(floats[prepared.limit / 4]!, boundUnit(set.layout.length)), into: words.subarray(order / 4, order / 4 + ids) });
    const compared = first + await board.run({ work: options.method, job, items: Math.ceil(count / idsPerItem), scratch, ids: order, count, seeds: heap }, options.pause);
    for (const id of seeds) mask[id]! &= ~maskSeed;
    return { nearest: resultsOf(prepared, results), candidates: countOf(eligible, ids), sketched, bounded: count + seeds.length, compared };
  }

  function scan(method: KernelMethod, job: number, { ids, count, scratch }: { ids: number; count: number; scratch: number }): number {
    return method === 'dtw' ? kernels.scanDtw(job, ids, count, scratch, 1) : kernels.scanEuclid(job, ids, count, scratch);
  }

  function resultsOf({ resultCount, limit }: PreparedQuery, results: number): { id: number; squared: number }[] {
    const { words, floats } = arena.views();
    const farthest = floats[limit / 4]!;
    return Array.from({ length: words[resultCount / 4]! }, (_, i) => ({ id: words[results / 4 + 2 * i]!, squared: floats[results / 4 + 2 * i + 1]! }))
      .filter(({ squared }) => squared <= farthest)
      .sort((a, b) => a.squared - b.squared || a.id - b.id);
  }
}

/** Whether an id may be a match: not masked, with a shape. */
function eligibleIn(arena: Arena, { layout, table }: ColumnSet, mask: Uint8Array): (id: number) => boolean {
  const { words, floats } = arena.views();
  return (id) => mask[id] === 0 && floats[(words[table / 4 + Math.floor(id / seriesPerPage)]! + layout.inverses) / 4 + (id % seriesPerPage)] !== 0;
}

function countOf(eligible: (id: number) => boolean, ids: number): number {
  let count = 0;
  for (let id = 0; id < ids; id += 1) if (eligible(id)) count += 1;
  return count;
}
