import type { Arena } from '../kernels/arena.js';
import type { Kernels } from '../kernels/kernels.js';
import { seriesPerPage } from '../kernels/layout.js';
import type { Board } from './board.js';
import { prepareLag } from './prepared-lag.js';
import type { LagQuery } from './prepared-lag.js';
import { threadScratch } from './search-room.js';
import type { SearchRoom } from './search-room.js';
import type { ColumnSet } from './shape-columns.js';

export interface LagOptions {
  /** How many of the nearest. */
  readonly count: number;
  /** Address of a byte by id: not 0 is no candidate. */
  readonly mask: number;
  /** Asked between pages: a promise lets others have their turn. */
  readonly pause?: () => Promise<void> | undefined;
}

/** Those that come nearest to a query at their best shift. */
export interface LagAnswer {
  /** Nearest first, ties by id. `far`: root of the mean squared distance over the points that meet, in single precision. */
  readonly nearest: readonly { readonly id: number; readonly far: number }[];
  /** Candidates in all: not masked, with a shape, and reaching over enough of the query at some shift. */
  readonly candidates: number;
}

export interface LagSearchOptions {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly board: Board;
  readonly threads: number;
  readonly room: SearchRoom;
}

/** Every ring at every shift, by all threads; no bound saves any of it: 0.5 us a ring at 128 points and 16 shifts. */
export async function searchLagged({ arena, kernels, board, threads, room }: LagSearchOptions, { set, query, options }: { set: ColumnSet; query: LagQuery; options: LagOptions }): Promise<LagAnswer> {
  const ids = set.pages * seriesPerPage;
  // The room that other searches order their ids in.
  const scores = room.take('order', 4 * ids);
  const scratch = threadScratch(room, threads, kernels.lagScratchBytes(query.columns[0]!.length, query.shiftTo - query.shiftFrom + 1, query.columns.length));
  const prepared = prepareLag(arena, query, { set, mask: options.mask, scores });
  try {
    const candidates = await board.run({ work: 'lag', job: prepared.job, items: set.pages, scratch }, options.pause);
    return { nearest: leastScores(arena.views().floats.subarray(scores / 4, scores / 4 + ids), options.count), candidates };
  } finally {
    prepared.release();
  }
}

/** The least so many finite scores, ascending, ties by id: a heap with the farthest of them on top. */
export function leastScores(scores: Float32Array, count: number): { id: number; far: number }[] {
  const kept: number[] = [];
  const isFarther = (a: number, b: number): boolean => scores[a]! > scores[b]! || (scores[a] === scores[b] && a > b);
  const sink = (id: number): void => {
    let at = 0;
    for (let child = 1; child < kept.length; child = 2 * at + 1) {
      if (child + 1 < kept.length && isFarther(kept[child + 1]!, kept[child]!)) child += 1;
      if (!isFarther(kept[child]!, id)) break;
      kept[at] = kept[child]!;
      at = child;
    }
    kept[at] = id;
  };
  const rise = (id: number): void => {
    let at = kept.push(id) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isFarther(id, kept[parent]!); parent = (at - 1) >> 1) {
      kept[at] = kept[parent]!;
      at = parent;
    }
    kept[at] = id;
  };
  for (let id = 0; id < scores.length && count > 0; id += 1) {
    if (!(scores[id]! < Infinity)) continue;
    if (kept.length < count) rise(id);
    else if (isFarther(kept[0]!, id)) sink(id);
  }
  return kept.sort((a, b) => scores[a]! - scores[b]! || a - b).map((id) => ({ id, far: scores[id]! }));
}
