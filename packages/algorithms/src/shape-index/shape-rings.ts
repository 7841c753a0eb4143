import type { Arena } from '../kernels/arena.js';
import { flagChanged, seriesPerPage, spareSlots } from '../kernels/layout.js';
import { pageLayout } from '../kernels/page-layout.js';
import { ringColumn, ringStretch } from '../kernels/plain-column.js';
import { createPageTable } from './page-table.js';
import type { ColumnSet } from './shape-columns.js';

export interface ShapeRingsOptions {
  /** Points of a column, 2 to 512. */
  readonly length: number;
  /** What a full ring spans: from its first to its last point. */
  readonly windowSeconds: number;
  /** A time near which instants are numbered from, so that a number fits 32 bits. */
  readonly originSeconds: number;
}

/**
 * The last window of many series, as rings of values at even instants that are the same for all: multiples of `stepSeconds` = window / (length - 1).
 *
 * The value at an instant lies on the straight line between the datapoints before and after it, and is known once the one after has come. Values are float32 less a
 * base, the series' own level, so that small changes of large values survive; the base follows the level. A pause of more than `longestPause` steps leaves a gap
 * (NaN) that the kernels bridge: what lies before a gap may leave the window first. Values that are no float32 (beyond 1e30, or so small that they
 * would vanish) are the caller's to keep out.
 */
export interface ShapeRings extends ColumnSet {
  readonly stepSeconds: number;
  /** Instants a ring holds at most. */
  readonly slots: number;
  /**
   * Adds a series' datapoints in the order of their timestamps.
   * @returns false when one was older than what the ring has already passed: it is left out, and the ring should be filled anew
   */
  append(id: number, timestamps: Float64Array, values: Float64Array): boolean;
  /** An empty ring for an id; makes room for it first. */
  reset(id: number): void;
  /** The newest datapoint's time; 0 for none. */
  newest(id: number): number;
  /** The column that a search compares whose window begins with the instant `oldest`: see `ringColumn`; and what is to be added to it. Null where there is none. */
  column(id: number, oldest: number): { readonly points: Float32Array; readonly base: number } | null;
  /** What an id's ring has from its first to its last value between two instants of the grid, both included, gaps bridged: in the series' own unit, from the instant `first` on. Null for nothing. */
  stretch(id: number, oldest: number, newest: number): { readonly first: number; readonly values: Float64Array } | null;
  /** The number, on the grid, of the newest instant at or before a time. */
  gridAt(seconds: number): number;
  /** The time of an instant of the grid. */
  secondsAt(grid: number): number;
  /** Gives back pages beyond so many. */
  keepPages(pages: number): void;
  release(): void;
}

const longestPause = 8;
/** The base follows the level at every so manieth value. */
const rebaseEvery = 16;

/** @example const rings = createShapeRings(arena, { length: 128, windowSeconds: 3600, originSeconds: clock.now() }); rings.reset(0); rings.append(0, timestamps, values); */
export function createShapeRings(arena: Arena, { length, windowSeconds, originSeconds }: ShapeRingsOptions): ShapeRings {
  const layout = pageLayout(length);
  const table = createPageTable(arena, layout.bytes);
  const slots = length + spareSlots;
  const stepSeconds = windowSeconds / (length - 1);
  const origin = Math.floor(originSeconds / stepSeconds);
  const pageFor = (id: number): number => table.page(Math.floor(id / seriesPerPage));

  return {
    layout, stepSeconds, slots, normalised: false,
    get table() {
      return table.address;
    },
    get pages() {
      return table.pages;
    },
    append(id, timestamps, values) {
      const page = pageFor(id);
      const series = id % seriesPerPage;
      const { doubles } = arena.views();
      const [at, of] = [(page + layout.timestamps) / 8 + series, (page + layout.values) / 8 + series];
      let inOrder = true;
      for (let i = 0; i < timestamps.length; i += 1) {
        const [timestamp, value] = [timestamps[i]!, values[i]!];
        if (timestamp < doubles[at]!) {
          inOrder = false;
          continue;
        }
        if (doubles[at] === 0) begin(page, series, timestamp, value);
        else fill(page, series, timestamp, value);
        doubles[at] = timestamp;
        doubles[of] = value;
      }
      return inOrder;
    },
    reset(id) {
      while (id >= table.pages * seriesPerPage) table.add();
      const page = pageFor(id);
      const series = id % seriesPerPage;
      const { doubles, shorts, floats, bytes } = arena.views();
      for (const part of [layout.timestamps, layout.values, layout.bases]) doubles[(page + part) / 8 + series] = 0;
      for (const part of [layout.heads, layout.counts]) shorts[(page + part) / 2 + series] = 0;
      floats[(page + layout.inverses) / 4 + series] = 0;
      bytes[page + layout.flags + series] = 0;
    },
    newest: (id) => arena.views().doubles[(pageFor(id) + layout.timestamps) / 8 + (id % seriesPerPage)]!,
    column(id, oldest) {
      const place = { page: pageFor(id), series: id % seriesPerPage, oldest };
      const points = ringColumn(arena.views(), layout, place);
      return points === null ? null : { points, base: arena.views().doubles[(place.page + layout.bases) / 8 + place.series]! };
    },
    stretch(id, oldest, newest) {
      const place = { page: pageFor(id), series: id % seriesPerPage, oldest, newest };
      const held = ringStretch(arena.views(), layout, place);
      const base = arena.views().doubles[(place.page + layout.bases) / 8 + place.series]!;
      return held === null ? null : { first: held.first, values: held.values.map((value) => value + base) };
    },
    gridAt: (seconds) => gridAt(seconds),
    secondsAt: (grid) => (grid + origin) * stepSeconds,
    keepPages(pages) {
      while (table.pages > pages) table.drop();
    },
    release: () => table.release(),
  };

  function gridAt(seconds: number): number {
    return Math.floor(seconds / stepSeconds) - origin;
  }

  /** The first datapoint: its value is known at an instant only if it lies on one. */
  function begin(page: number, series: number, timestamp: number, value: number): void {
    const { doubles, ints } = arena.views();
    const grid = gridAt(timestamp);
    doubles[(page + layout.bases) / 8 + series] = value;
    ints[(page + layout.grids) / 4 + series] = grid;
    if ((grid + origin) * stepSeconds === timestamp) push(page, series, value);
  }

  /** The instants after the datapoint before, up to this one. */
  function fill(page: number, series: number, timestamp: number, value: number): void {
    const { doubles, ints } = arena.views();
    const newest = ints[(page + layout.grids) / 4 + series]!;
    const grid = gridAt(timestamp);
    if (grid <= newest) return;
    const [before, from] = [doubles[(page + layout.timestamps) / 8 + series]!, doubles[(page + layout.values) / 8 + series]!];
    const slope = (value - from) / (timestamp - before);
    const pause = grid - newest > longestPause;
    for (let next = Math.max(newest + 1, grid - slots + 1); next <= grid; next += 1) {
      push(page, series, pause ? NaN : from + slope * ((next + origin) * stepSeconds - before));
    }
    ints[(page + layout.grids) / 4 + series] = grid;
  }

  function push(page: number, series: number, value: number): void {
    const { floats, doubles, shorts, bytes } = arena.views();
    const [headAt, countAt, baseAt] = [(page + layout.heads) / 2 + series, (page + layout.counts) / 2 + series, (page + layout.bases) / 8 + series];
    const head = shorts[headAt]!;
    const place = (page + series * layout.stride) / 4 + head;
    floats[place] = value - doubles[baseAt]!;
    shorts[headAt] = head + 1 === slots ? 0 : head + 1;
    if (shorts[countAt]! < slots) shorts[countAt]! += 1;
    bytes[page + layout.flags + series]! |= flagChanged;
    if (head % rebaseEvery !== 0 || !Number.isFinite(floats[place])) return;
    rebase(place - head, floats[place]);
    doubles[baseAt] = value;
  }

  /** Moves a ring's values so that those equal to the newest become 0 exactly: a level that stays shows as one, however far it lies from where the base was. */
  function rebase(first: number, by: number): void {
    const { floats } = arena.views();
    if (by !== 0) for (let i = first; i < first + slots; i += 1) floats[i]! -= by;
  }
}
