import type { Arena } from '../kernels/arena.js';
import type { Kernels } from '../kernels/kernels.js';
import { orderSlack } from './bound-order.js';
import { highestBound, jobBounds, jobLength, jobLimit, jobPages, seriesPerPage, sketchScale, sketchSegments } from '../kernels/layout.js';
import { memoryViews } from '../kernels/memory-views.js';
import type { MemoryViews } from '../kernels/memory-views.js';
import type { KernelMemory } from '../kernels/web-assembly.js';

/** What all threads do at once, item by item: whoever is free takes the next. */
export type Phase =
  /** Items are pages. `bound`: sketches made anew where series changed, then bounds. `lag`: every ring at every shift of a lag job. */
  | { readonly work: 'bound' | 'lag'; readonly job: number; readonly items: number; readonly scratch: ThreadScratch }
  /** Items are blocks of `idsPerItem` ids; where these are in the order of their bounds, it ends at the limit. */
  | { readonly work: 'euclidean' | 'dtw'; readonly job: number; readonly items: number; readonly scratch: ThreadScratch; readonly ids: number; readonly count: number; readonly seeds: number; readonly ordered: boolean };

/** Thread t's scratch is at address + t x bytes. */
export interface ThreadScratch {
  readonly address: number;
  readonly bytes: number;
}

export const idsPerItem = 64;

const works = ['bound', 'euclidean', 'dtw', 'end', 'lag'] as const;
/** Fields of the board, 32 bits each. */
const field = { generation: 0, work: 1, next: 2, items: 3, finished: 4, job: 5, scratch: 6, scratchBytes: 7, ids: 8, count: 9, seeds: 10, compared: 11, ordered: 12 } as const;
const boardBytes = 64;
/** A thread that has not come back after so long never will: an item takes a millisecond. */
const usualWaitMs = 10_000;

/** The place in shared memory where one thread writes what is to be done and others read it. */
export interface Board {
  readonly address: number;
  /** Runs a phase with all threads, this one included; answers how many were candidates, or came as far as the distance itself. */
  run(phase: Phase, pause?: () => Promise<void> | undefined): Promise<number>;
  /** Sends the others home. */
  end(): void;
}

/** A thread of the crew did not come back. */
export class CrewLost extends Error {}

/**
 * A board for this thread and `others` more, which `serveBoard`.
 *
 * @param others default none
 * @param longestWaitMs how long to wait for a thread at the end of a phase; default 10 s
 * @throws (run) CrewLost when a thread did not come back: the search's results are not whole
 */
export function createBoard(arena: Arena, kernels: Kernels, { others = 0, longestWaitMs = usualWaitMs }: { others?: number; longestWaitMs?: number } = {}): Board {
  const address = arena.allocate(boardBytes);
  const at = address / 4;
  const ints = (): Int32Array => arena.views().ints;
  const post = (fields: Partial<Record<keyof typeof field, number>>): void => {
    for (const [name, value] of Object.entries(fields)) Atomics.store(ints(), at + field[name as keyof typeof field], value);
    Atomics.add(ints(), at + field.generation, 1);
    Atomics.notify(ints(), at + field.generation);
  };
  return {
    address,
    async run(phase, pause) {
      const rest = 'ids' in phase ? { ids: phase.ids, count: phase.count, seeds: phase.seeds, ordered: phase.ordered ? 1 : 0 } : { ids: 0, count: 0, seeds: 0, ordered: 0 };
      const { job, items, scratch } = phase;
      post({ work: works.indexOf(phase.work), next: 0, items, finished: 0, job, scratch: scratch.address, scratchBytes: scratch.bytes, compared: 0, ...rest });
      const turn = beginTurn(arena.views(), kernels, address, 0);
      for (const wait of turn) if (wait) await pause?.();
      awaitOthers(ints(), at + field.finished, { others, longestWaitMs });
      return Atomics.load(ints(), at + field.compared);
    },
    end: () => post({ work: works.indexOf('end') }),
  };
}

function awaitOthers(ints: Int32Array, finished: number, { others, longestWaitMs }: { others: number; longestWaitMs: number }): void {
  for (let seen = Atomics.load(ints, finished); seen < others; seen = Atomics.load(ints, finished)) {
    if (Atomics.wait(ints, finished, seen, longestWaitMs) === 'timed-out') throw new CrewLost(`${others - seen} of ${others} search threads did not answer`);
  }
}

/**
 * What a thread of the crew does until it is sent home: waits for the board to change, takes items, waits again. Blocks its thread.
 *
 * @param thread from 1: whose scratch it uses
 */
export function serveBoard(options: { memory: KernelMemory; kernels: Kernels; address: number; thread: number }): void {
  const { memory, kernels, address, thread } = options;
  const views = memoryViews(memory);
  const at = address / 4;
  for (let generation = 0; ;) {
    Atomics.wait(views().ints, at + field.generation, generation);
    generation = Atomics.load(views().ints, at + field.generation);
    // Takes note of what the memory has grown by elsewhere.
    memory.grow(0);
    const { ints } = views();
    if (works[Atomics.load(ints, at + field.work)] === 'end') return;
    for (const _ of beginTurn(views(), kernels, address, thread)) { /* a thread of its own need not pause */ }
    Atomics.add(ints, at + field.finished, 1);
    Atomics.notify(ints, at + field.finished);
  }
}

/** One thread's part of a phase, item by item. */
function* beginTurn(views: MemoryViews, kernels: Kernels, address: number, thread: number): Generator<boolean> {
  const { ints } = views;
  const of = (name: keyof typeof field): number => Atomics.load(ints, address / 4 + field[name]);
  const [work, job, items] = [works[of('work')], of('job'), of('items')];
  const scratch = of('scratch') + thread * of('scratchBytes');
  const ends = work === 'dtw' ? () => kernels.endScan(job, scratch) : () => 0;
  const scan = (): ((item: number) => number) => scanItem(views, kernels, { job, scratch, work: work === 'dtw' ? 'dtw' : 'euclidean', ids: of('ids'), count: of('count'), seeds: of('seeds'), ordered: of('ordered') === 1 });
  const take = work === 'bound' ? boundItem(views, kernels, job, scratch) : work === 'lag' ? lagItem(views, kernels, job, scratch) : scan();
  for (let item = Atomics.add(ints, address / 4 + field.next, 1); item < items; item = Atomics.add(ints, address / 4 + field.next, 1)) {
    Atomics.add(ints, address / 4 + field.compared, take(item));
    yield true;
  }
  Atomics.add(ints, address / 4 + field.compared, ends());
}

function boundItem({ words }: MemoryViews, kernels: Kernels, job: number, scratch: number): (page: number) => number {
  const pages = words[(job + jobPages) / 4]! / 4;
  return (page) => {
    kernels.sketchPage(job, words[pages + page]!, scratch);
    return kernels.boundPage(job, words[pages + page]!, page * seriesPerPage);
  };
}

function lagItem({ words }: MemoryViews, kernels: Kernels, job: number, scratch: number): (page: number) => number {
  const pages = words[(job + jobPages) / 4]! / 4;
  return (page) => kernels.lagPage(job, words[pages + page]!, page * seriesPerPage, scratch);
}

interface Scan {
  readonly job: number;
  readonly scratch: number;
  readonly work: 'euclidean' | 'dtw';
  readonly ids: number;
  readonly count: number;
  readonly seeds: number;
  readonly ordered: boolean;
}

/** Of a sample, above this part kept alive by the bounds: they cost more than they save. */
const keptTooMuch = 0.6;
/** Blocks a look at the bounds holds for. */
const straightBlocks = 16;

function scanItem({ words, shorts, floats, ints }: MemoryViews, kernels: Kernels, { job, scratch, work, ids, count, seeds, ordered }: Scan): (item: number) => number {
  kernels.beginScan(job, scratch, seeds);
  const [bounds, limit, unit] = [words[(job + jobBounds) / 4]! / 2, words[(job + jobLimit) / 4]! / 4, boundUnit(ints[(job + jobLength) / 4]!)];
  let straight = 0;
  return (item) => {
    const first = item * idsPerItem;
    const here = Math.min(idsPerItem, count - first);
    // In the order of bounds: from here on nothing is left that could be nearer.
    if (ordered && shorts[bounds + words[ids / 4 + first]!]! > boundLimit(floats[limit]!, unit) + orderSlack) return 0;
    if (work === 'euclidean') return kernels.scanEuclid(job, ids + 4 * first, here, scratch);
    const compared = kernels.scanDtw(job, ids + 4 * first, here, scratch, straight > 0 ? 1 : 0);
    if (straight > 0) straight -= 1;
    else if (compared > keptTooMuch * here) straight = straightBlocks;
    return compared;
  };
}

/** What one step of a bound adds to a squared distance. */
export function boundUnit(length: number): number {
  return Math.floor(length / Math.min(sketchSegments, length)) / sketchScale ** 2;
}

/** The highest bound of a candidate whose squared distance may be within a limit. */
export function boundLimit(limit: number, unit: number): number {
  return Math.min(highestBound, Math.floor(limit / unit));
}
