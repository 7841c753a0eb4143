import { jobLength, jobNormalised, jobOldest, seriesPerPage, spareSlots } from './layout.js';
import type { MemoryViews } from './memory-views.js';
import { pageLayout } from './page-layout.js';
import type { PageLayout } from './page-layout.js';

/** A candidate's z-normalised points, oldest first: `normalColumn` of the kernels. */
export function normalColumn(views: MemoryViews, job: number, page: number, series: number): Float32Array {
  const layout = pageLayout(views.ints[(job + jobLength) >> 2]!);
  if (views.ints[(job + jobNormalised) >> 2] !== 0) return columnAt(views, page, series, layout);
  const [mean, remainder, inverse] = [layout.means, layout.remainders, layout.inverses].map((part) => views.floats[(page + part) / 4 + series]!);
  const raw = ringColumn(views, layout, { page, series, oldest: views.ints[(job + jobOldest) >> 2]! });
  return (raw ?? new Float32Array(layout.length)).map((value) => (value - mean! - remainder!) * inverse!);
}

/** A ring, and the number on the grid of the first instant of the window it is asked for. */
export interface RingPlace {
  readonly page: number;
  readonly series: number;
  readonly oldest: number;
}

/**
 * A ring's values less its base at the instants of the window, oldest first. Where it has not all of them, or gaps: what there is from the first to the last,
 * stretched to the length. Null for fewer than 2 values.
 */
export function ringColumn(views: MemoryViews, layout: PageLayout, { page, series, oldest }: RingPlace): Float32Array | null {
  const { length } = layout;
  const slots = length + spareSlots;
  const ring = columnAt(views, page, series, { ...layout, length: slots });
  const head = views.shorts[(page + layout.heads) / 2 + series]!;
  const count = views.shorts[(page + layout.counts) / 2 + series]!;
  const newest = views.ints[(page + layout.grids) / 4 + series]!;
  const [first, last] = [Math.max(oldest, newest - count + 1), Math.min(oldest + length - 1, newest)];
  if (last <= first) return null;
  const values = Float32Array.from({ length: last - first + 1 }, (_, i) => ring[(head - 1 - (newest - first) + i + slots) % slots]!);
  return values.length === length && !values.some(Number.isNaN) ? values : stretched(values, length);
}

/** A stretch of a ring: values less its base at even instants. */
export interface RingStretch {
  /** The number of the first value's instant on the grid. */
  readonly first: number;
  readonly values: Float64Array;
}

/** A ring's values from its first to its last one between two instants, both included; gaps are straight lines. Null where there is none. */
export function ringStretch({ floats, shorts, ints }: MemoryViews, layout: PageLayout, { page, series, oldest, newest }: RingPlace & { readonly newest: number }): RingStretch | null {
  const slots = layout.length + spareSlots;
  const [head, count, last] = [shorts[(page + layout.heads) / 2 + series]!, shorts[(page + layout.counts) / 2 + series]!, ints[(page + layout.grids) / 4 + series]!];
  const first = Math.max(oldest, last - count + 1);
  const ring = (page + series * layout.stride) / 4;
  const raw = Array.from({ length: Math.max(0, Math.min(newest, last) - first + 1) }, (_, i) => floats[ring + ((head - 1 - (last - first) + i + slots) % slots)]!);
  const known = raw.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
  return known.length === 0 ? null : { first: first + known[0]!, values: bridged(raw, known) };
}

/** Straight lines between the values there are, from the first to the last of them; single precision, as the kernels have it. */
function bridged(values: readonly number[], known: readonly number[]): Float64Array {
  const [first, last] = [known[0]!, known.at(-1)!];
  const all = new Float64Array(last - first + 1);
  for (const [n, left] of known.entries()) {
    const right = known[n + 1] ?? left + 1;
    for (let at = left; at < right; at += 1) all[at - first] = at === left ? values[left]! : Math.fround(values[left]! + ((values[right]! - values[left]!) * (at - left)) / (right - left));
  }
  return all;
}

function columnAt({ floats }: MemoryViews, page: number, series: number, { stride, length }: { stride: number; length: number }): Float32Array {
  const first = (page + series * stride) / 4;
  return floats.subarray(first, first + length);
}

/** Straight lines between the values there are, from the first to the last of them, at `length` even places. */
function stretched(values: Float32Array, length: number): Float32Array | null {
  const known = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
  const [first, last] = [known[0]!, known[known.length - 1]!];
  if (known.length < 2) return null;
  return Float32Array.from({ length }, (_, k) => {
    const place = first + ((last - first) * k) / (length - 1);
    const right = Math.max(1, known.findIndex((i) => i >= place));
    const [from, to] = [known[right - 1]!, known[right]!];
    return values[from]! + ((values[to]! - values[from]!) * (place - from)) / (to - from);
  });
}

/** The page of an id. */
export function pageOf({ words }: MemoryViews, pages: number, id: number): number {
  return words[pages / 4 + Math.floor(id / seriesPerPage)]!;
}
