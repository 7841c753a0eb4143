import type { Arena } from '../kernels/arena.js';
import type { Kernels } from '../kernels/kernels.js';
import { highestBound, jobBounds, jobMask, jobNormalised, jobOldest, jobPages, jobResults, seriesPerPage } from '../kernels/layout.js';
import { boundLimit, boundUnit, idsPerItem } from './board.js';
import type { Board, ThreadScratch } from './board.js';
import { leastBounds, likelyBound, orderByBound } from './bound-order.js';
import { searchLagged } from './lag-search.js';
import type { LagAnswer, LagOptions } from './lag-search.js';
import type { LagQuery } from './prepared-lag.js';
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
  /** Candidates that the sketches left over, and of these the ones that came as far as the distance itself. */
  readonly bounded: number;
  readonly compared: number;
}

/** Finds the nearest of a set of columns. One search at a time. */
export interface ShapeSearch {
  nearest(set: ColumnSet, query: Float64Array, options: NearestOptions): Promise<NearestAnswer>;
  /** The nearest of a set of rings, each at its best shift; see `LagQuery`. */
  lagged(set: ColumnSet, query: LagQuery, options: LagOptions): Promise<LagAnswer>;
  release(): void;
}

/** Candidates compared first, so that there is a limit: the fewest, and per wanted one. */
const fewestSeeds = 20;
const seedsPerWanted = 2;
/** Above this part left over by the sketches, Euclid goes through all as they lie. */
const leftTooMuch = 0.35;
/** Of a mask: compared already. */
const maskSeed = 0x80;

/** Addresses of the pieces of memory a search uses. */
interface Pieces {
  readonly bounds: number;
  readonly order: number;
  readonly heap: number;
  readonly spare: number;
  readonly results: number;
}

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
    lagged: (set, query, options) => searchLagged({ arena, kernels, board, threads, room }, { set, query, options }),
    release: () => room.release(),
  };

  async function search({ set, options, prepared, scratch }: Search): Promise<NearestAnswer> {
    const ids = set.pages * seriesPerPage;
    const { job } = prepared;
    const pieces = { bounds: room.take('bounds', 2 * ids), order: room.take('order', 4 * ids), spare: room.take('spare', 4 * ids), results: room.take('results', 8 * ids), heap: room.take('heap', scratch.bytes) };
    writeJob({ job, set, options, ...pieces });
    const candidates = await board.run({ work: 'bound', job, items: set.pages, scratch }, options.pause);
    const seeds = scanSeeds({ set, options, prepared, scratch }, pieces);
    const count = gather({ set, options, prepared, scratch }, pieces);
    // Where the bounds leave most alive, reading the columns one after the other is worth more than their order.
    const ordered = options.method === 'dtw' || count < leftTooMuch * candidates;
    if (ordered) order(pieces, count, ids);
    const scanned = await board.run({ work: options.method, job, items: Math.ceil(count / idsPerItem), scratch, ids: pieces.order, count, seeds: pieces.heap, ordered }, options.pause);
    const mask = arena.views().bytes.subarray(options.mask, options.mask + ids);
    for (const id of seeds.ids) mask[id] = 0;
    return { nearest: resultsOf(prepared, pieces.results), candidates, bounded: count, compared: seeds.compared + scanned };
  }

  function writeJob({ job, set, options, bounds, results }: { job: number; set: ColumnSet; options: NearestOptions; bounds: number; results: number }): void {
    const { words } = arena.views();
    const fields = { [jobPages]: set.table, [jobNormalised]: set.normalised ? 1 : 0, [jobOldest]: options.oldest ?? 0, [jobBounds]: bounds, [jobMask]: options.mask, [jobResults]: results };
    for (const [name, value] of Object.entries(fields)) words[(job + Number(name)) / 4] = value;
  }

  /** Compares some with the least bounds, notes the nearest of them for all threads to begin with, and takes them out of what is left. */
  function scanSeeds({ set, options, prepared, scratch }: Search, { bounds, order, heap }: Pieces): { ids: readonly number[]; compared: number } {
    const { shorts, words, bytes } = arena.views();
    const all = shorts.subarray(bounds / 2, bounds / 2 + set.pages * seriesPerPage);
    const wanted = Math.max(fewestSeeds, seedsPerWanted * options.count);
    let [limit, gathered] = [likelyBound(all, wanted), 0];
    for (; ; limit = Math.min(highestBound - 1, 2 * limit + 64)) {
      gathered = kernels.gatherBelow(bounds, all.length, Math.min(limit, highestBound - 1), order);
      if (gathered >= wanted || limit >= highestBound - 1) break;
    }
    const ids = leastBounds(words.slice(order / 4, order / 4 + gathered), all, limit, wanted);
    words.set(ids, order / 4);
    kernels.beginScan(prepared.job, scratch.address, 0);
    const compared = scan(options.method, prepared.job, { ids: order, count: ids.length, scratch: scratch.address });
    bytes.copyWithin(heap, scratch.address, scratch.address + 16 + 4 * options.count);
    for (const id of ids) {
      bytes[options.mask + id] = maskSeed;
      all[id] = highestBound;
    }
    return { ids, compared };
  }

  /** What is left below the limit, by id; answers how many. */
  function gather({ set, prepared }: Search, { bounds, order: into }: Pieces): number {
    const most = boundLimit(arena.views().floats[prepared.limit / 4]!, boundUnit(set.layout.length));
    return kernels.gatherBelow(bounds, set.pages * seriesPerPage, most, into);
  }

  function order({ bounds, order: gathered, spare }: Pieces, count: number, ids: number): void {
    const { shorts, words } = arena.views();
    orderByBound(words.subarray(gathered / 4, gathered / 4 + count), shorts.subarray(bounds / 2, bounds / 2 + ids), words.subarray(spare / 4, spare / 4 + count));
  }

  function scan(method: KernelMethod, job: number, { ids, count, scratch }: { ids: number; count: number; scratch: number }): number {
    return method === 'dtw' ? kernels.scanDtw(job, ids, count, scratch, 1) + kernels.endScan(job, scratch) : kernels.scanEuclid(job, ids, count, scratch);
  }

  function resultsOf({ resultCount, limit }: PreparedQuery, results: number): { id: number; squared: number }[] {
    const { words, floats } = arena.views();
    const farthest = floats[limit / 4]!;
    return Array.from({ length: words[resultCount / 4]! }, (_, i) => ({ id: words[results / 4 + 2 * i]!, squared: floats[results / 4 + 2 * i + 1]! }))
      .filter(({ squared }) => squared <= farthest)
      .sort((a, b) => a.squared - b.squared || a.id - b.id);
  }
}
