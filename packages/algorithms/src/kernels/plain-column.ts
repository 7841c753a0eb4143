import { flagUneven, jobLength, jobNormalised, jobOldest, lagTolerated, seriesPerPage } from './layout.js';
import type { MemoryViews } from './memory-views.js';
import { pageLayout } from './page-layout.js';

/** A candidate's z-normalised points, oldest first: `normalColumn` of the kernels. */
export function normalColumn(views: MemoryViews, job: number, page: number, series: number): Float32Array {
  const layout = pageLayout(views.ints[(job + jobLength) >> 2]!);
  if (views.ints[(job + jobNormalised) >> 2] !== 0) return columnAt(views, page, series, layout);
  const mean = views.floats[(page + layout.means) / 4 + series]!;
  const inverse = views.floats[(page + layout.inverses) / 4 + series]!;
  return (rawColumn(views, job, page, series) ?? new Float32Array(layout.length)).map((value) => Math.fround(value - mean) * inverse);
}

/** A ring's values, oldest first, stretched to the length where it is not full; null for fewer than 2. */
export function rawColumn(views: MemoryViews, job: number, page: number, series: number): Float32Array | null {
  const layout = pageLayout(views.ints[(job + jobLength) >> 2]!);
  const ring = columnAt(views, page, series, layout);
  const head = views.shorts[(page + layout.heads) / 2 + series]!;
  const whole = Float32Array.of(...ring.subarray(head), ...ring.subarray(0, head));
  if ((views.bytes[page + layout.flags + series]! & flagUneven) === 0) return whole;
  const count = views.shorts[(page + layout.counts) / 2 + series]!;
  const newest = views.ints[(page + layout.grids) / 4 + series]!;
  const oldest = views.ints[(job + jobOldest) >> 2]!;
  const lags = newest < oldest + layout.length - 1 - lagTolerated;
  const early = lags ? Math.max(0, oldest - (newest - count + 1)) : 0;
  return stretched(whole.subarray(layout.length - count).subarray(early), layout.length);
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
    const place = Math.fround(first + ((last - first) * k) / (length - 1));
    const right = Math.max(1, known.findIndex((i) => i >= place));
    const [from, to] = [known[right - 1]!, known[right]!];
    return values[from]! + ((values[to]! - values[from]!) * (place - from)) / (to - from);
  });
}

/** The page of an id. */
export function pageOf({ words }: MemoryViews, pages: number, id: number): number {
  return words[pages / 4 + Math.floor(id / seriesPerPage)]!;
}
