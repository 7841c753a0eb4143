import type { Series } from '@skylark/core';
import type { Arena } from '../kernels/arena.js';
import { seriesPerPage } from '../kernels/layout.js';
import { createShapeRings } from './shape-rings.js';
import type { ShapeRings } from './shape-rings.js';

/** One window the index holds, for example 128 points over an hour. */
export interface ShapeWindow {
  readonly length: number;
  readonly windowSeconds: number;
}

export interface ShapeIndexOptions {
  readonly arena: Arena;
  readonly windows: readonly ShapeWindow[];
  /** The time now: instants are numbered from about there. */
  readonly originSeconds: number;
}

export type AppendResult = 'taken' | 'late';

/**
 * The last windows of every live series, updated as datapoints arrive: O(1) a datapoint, no look into a store. One series has the same id in every window; ids of
 * removed series are used again, and pages that become empty at the end are given back.
 */
export interface ShapeIndex {
  readonly windows: readonly ShapeRings[];
  /** Series held. */
  readonly size: number;
  /** Ids are below this. */
  readonly capacity: number;
  /** `late`: a datapoint was older than the newest known; the series should be read anew with `refill`. */
  append(series: Series): AppendResult;
  /** Forgets what is held of a series and takes these datapoints in its place. */
  refill(series: Series): void;
  /** True if it was held. */
  remove(metric: string): boolean;
  /** Removes series without a datapoint since; answers how many. */
  removeQuietSince(seconds: number): number;
  id(metric: string): number | undefined;
  /** Undefined for an id that is free. */
  metric(id: number): string | undefined;
  /** The time of the newest datapoint; 0 for none. */
  newest(id: number): number;
  /**
   * Series with values since `seconds` that single precision cannot hold: beyond 1e30, or not 0 and below 1e-25. The kernels do not see
   * their shape; who searches compares them by themselves.
   */
  unusual(seconds: number): readonly string[];
  release(): void;
}

const largest = 1e30;
const smallest = 1e-25;

/** @example const index = createShapeIndex({ arena, windows: [{ length: 128, windowSeconds: 3600 }], originSeconds: clock.now() }); index.append(series); */
export function createShapeIndex({ arena, windows, originSeconds }: ShapeIndexOptions): ShapeIndex {
  const rings = windows.map((window) => createShapeRings(arena, { ...window, originSeconds }));
  const ids = new Map<string, number>();
  const metrics: (string | undefined)[] = [];
  const free = createFreeIds();
  const unusual = new Map<number, number>();

  return {
    windows: rings,
    get size() {
      return ids.size;
    },
    get capacity() {
      return free.pages * seriesPerPage;
    },
    append(series) {
      return write(ids.get(series.metric) ?? register(series.metric), series);
    },
    refill(series) {
      const id = ids.get(series.metric) ?? register(series.metric);
      for (const ring of rings) ring.reset(id);
      write(id, series);
    },
    remove: (metric) => remove(metric),
    removeQuietSince(seconds) {
      const quiet = [...ids].filter(([, id]) => rings.every((ring) => ring.newest(id) < seconds));
      for (const [metric] of quiet) remove(metric);
      return quiet.length;
    },
    id: (metric) => ids.get(metric),
    metric: (id) => metrics[id],
    newest: (id) => Math.max(0, ...rings.map((ring) => ring.newest(id))),
    unusual: (seconds) => [...unusual].filter(([, newest]) => newest >= seconds).flatMap(([id]) => metrics[id] ?? []),
    release() {
      for (const ring of rings) ring.release();
    },
  };

  function register(metric: string): number {
    const id = free.take();
    for (const ring of rings) ring.reset(id);
    ids.set(metric, id);
    metrics[id] = metric;
    return id;
  }

  function write(id: number, { timestamps, values }: Series): AppendResult {
    let inOrder = true;
    for (const ring of rings) inOrder = ring.append(id, timestamps, values) && inOrder;
    for (let i = 0; i < values.length; i += 1) {
      const size = Math.abs(values[i]!);
      if (size > largest || (size < smallest && size > 0)) unusual.set(id, Math.max(unusual.get(id) ?? 0, timestamps[i]!));
    }
    return inOrder ? 'taken' : 'late';
  }

  function remove(metric: string): boolean {
    const id = ids.get(metric);
    if (id === undefined) return false;
    ids.delete(metric);
    metrics[id] = undefined;
    unusual.delete(id);
    for (const ring of rings) ring.reset(id);
    free.giveBack(id);
    for (const ring of rings) ring.keepPages(free.pages);
    metrics.length = Math.min(metrics.length, free.pages * seriesPerPage);
    return true;
  }
}

/** Free places by page: the lowest page with room first, so that the last ones become empty. */
interface FreeIds {
  readonly pages: number;
  take(): number;
  giveBack(id: number): void;
}

function createFreeIds(): FreeIds {
  /** Free places of a page. */
  const places: number[][] = [];
  let lowest = 0;
  return {
    get pages() {
      return places.length;
    },
    take() {
      while (lowest < places.length && places[lowest]!.length === 0) lowest += 1;
      if (lowest === places.length) places.push(Array.from({ length: seriesPerPage }, (_, i) => seriesPerPage - 1 - i));
      return lowest * seriesPerPage + places[lowest]!.pop()!;
    },
    giveBack(id) {
      const page = Math.floor(id / seriesPerPage);
      places[page]!.push(id % seriesPerPage);
      lowest = Math.min(lowest, page);
      while (places.at(-1)?.length === seriesPerPage) places.pop();
    },
  };
}
