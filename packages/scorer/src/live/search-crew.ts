import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { createArena, createBoard, createKernelMemory, createKernels, createShapeSearch, CrewLost, kernelsUrl } from '@skylark/algorithms';
import type { Arena, ColumnSet, LagAnswer, LagOptions, LagQuery, NearestAnswer, NearestOptions, ShapeSearch } from '@skylark/algorithms';
import type { Logger } from '@skylark/core';

export interface SearchCrewOptions {
  /** False: plain TypeScript does the work. */
  readonly simd: boolean;
  /** Threads besides the caller's; they exist only in the build. */
  readonly threads: number;
  /** The shared memory grows to at most this. */
  readonly maximumBytes: number;
  readonly logger: Logger;
}

/** What a thread of the crew is told. */
export interface CrewThreadData {
  readonly memory: Arena['memory'];
  readonly wasm: Uint8Array | null;
  readonly address: number;
  readonly thread: number;
}

/** Kernels, the memory they share, and the threads that search in it. */
export interface SearchCrew {
  readonly arena: Arena;
  /** Whether the compiled kernels run. */
  readonly simd: boolean;
  /** Threads at work, the caller's included. */
  readonly threads: number;
  /** One after the other: a search and the writes into what it searches. Columns are read and written inside of it alone. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T>;
  /** Inside `exclusive`. */
  nearest(set: ColumnSet, query: Float64Array, options: NearestOptions): Promise<NearestAnswer>;
  /** Inside `exclusive`. */
  lagged(set: ColumnSet, query: LagQuery, options: LagOptions): Promise<LagAnswer>;
  close(): Promise<void>;
}

/**
 * Opens a crew. Without the compiled kernels (not built, switched off, or a machine without SIMD) the plain ones do the same work, slower.
 *
 * @example const crew = await openSearchCrew({ simd: true, threads: cpus().length - 1, maximumBytes: 2 ** 30, logger });
 */
export async function openSearchCrew({ simd, threads, maximumBytes, logger }: SearchCrewOptions): Promise<SearchCrew> {
  const wasm = simd ? await readFile(kernelsUrl()).catch((error: unknown) => void logger.warn('search.kernels-missing', { error })) ?? null : null;
  const arena = createArena(createKernelMemory(maximumBytes));
  const { kernels, simd: compiled } = createKernels(arena.memory, wasm);
  let team = assemble(threads);
  let turn: Promise<unknown> = Promise.resolve();

  return {
    arena,
    simd: compiled,
    get threads() {
      return team.workers.length + 1;
    },
    exclusive(work) {
      const done = turn.then(work);
      turn = done.catch(() => undefined);
      return done;
    },
    nearest: (set, query, options) => withTeam((search) => search.nearest(set, query, options)),
    lagged: (set, query, options) => withTeam((search) => search.lagged(set, query, options)),
    close: () => disband(team),
  };

  /** Once more by this thread alone where another one was lost. */
  async function withTeam<Answer>(work: (search: ShapeSearch) => Promise<Answer>): Promise<Answer> {
    try {
      return await work(team.search);
    } catch (error) {
      if (!(error instanceof CrewLost)) throw error;
      logger.error('search.threads-lost', { error });
      await disband(team);
      team = assemble(0);
      return work(team.search);
    }
  }

  function assemble(others: number): Team {
    const board = createBoard(arena, kernels, { others });
    const workers = Array.from({ length: others }, (_, i) => startThread({ memory: arena.memory, wasm, address: board.address, thread: i + 1 }, logger));
    return { search: createShapeSearch({ arena, kernels, board, threads: others + 1 }), end: () => board.end(), workers };
  }
}

interface Team {
  readonly search: ShapeSearch;
  readonly end: () => void;
  readonly workers: readonly Worker[];
}

function startThread(workerData: CrewThreadData, logger: Logger): Worker {
  const worker = new Worker(new URL('./crew-thread.js', import.meta.url), { workerData });
  worker.on('error', (error) => logger.error('search.thread-died', { error }));
  worker.unref();
  return worker;
}

async function disband({ search, end, workers }: Team): Promise<void> {
  end();
  await Promise.all(workers.map((worker) => worker.terminate()));
  search.release();
}
