import {
  jobAbsolute, jobCount, jobLength, jobLimit, jobLower, jobMask, jobPages, jobQuery, jobRadius, jobRelative, jobResultCount, jobResults, jobUpper, seriesPerPage,
} from './layout.js';
import type { MemoryViews } from './memory-views.js';
import { pageLayout } from './page-layout.js';
import { normalColumn, pageOf } from './plain-column.js';

interface Block {
  readonly ids: number;
  readonly count: number;
  readonly scratch: number;
}

/** `beginScan` of the kernels. */
export function startNearest({ ints, floats }: MemoryViews, scratch: number, seeds: number): void {
  const size = seeds === 0 ? 0 : ints[seeds / 4]!;
  ints[scratch / 4] = size;
  floats.copyWithin(scratch / 4 + 4, seeds / 4 + 4, seeds / 4 + 4 + size);
}

/** `scanEuclid` of the kernels. */
export function scanEuclid(views: MemoryViews, job: number, block: Block): number {
  const query = curve(views, job, jobQuery);
  return scan(views, job, block, (points, limit) => {
    let sum = 0;
    for (let i = 0; i < points.length && sum <= limit; i += 1) sum += (query[i]! - points[i]!) ** 2;
    return sum;
  });
}

/** `scanDtw` of the kernels. */
export function scanDtw(views: MemoryViews, job: number, block: Block & { readonly straight: boolean }): number {
  const [query, upper, lower] = [curve(views, job, jobQuery), curve(views, job, jobUpper), curve(views, job, jobLower)];
  const radius = views.ints[(job + jobRadius) >> 2]!;
  const rest = new Float64Array(query.length + 1);
  const cells = new Float64Array(query.length + 1);
  let warped = 0;
  scan(views, job, block, (points, limit) => {
    const bound = keoghSuffix(points, upper, lower, rest);
    if (!block.straight && (bound > limit || bound + improvement(points, { query, upper, lower, radius }) > limit)) return Infinity;
    warped += 1;
    return warp({ query, points, rest, cells, radius }, limit);
  });
  return warped;
}

function curve({ words, ints, floats }: MemoryViews, job: number, which: number): Float32Array {
  const first = words[(job + which) >> 2]! / 4;
  return floats.subarray(first, first + ints[(job + jobLength) >> 2]!);
}

/** Squared distances within the limit become results; answers how many. */
function scan(views: MemoryViews, job: number, { ids, count, scratch }: Block, distance: (points: Float32Array, limit: number) => number): number {
  const { words, bytes, floats, ints } = views;
  const { inverses } = pageLayout(ints[(job + jobLength) >> 2]!);
  const mask = words[(job + jobMask) >> 2]!;
  const limit = words[(job + jobLimit) >> 2]! / 4;
  let within = 0;
  for (let n = 0; n < count; n += 1) {
    const id = words[ids / 4 + n]!;
    const page = pageOf(views, words[(job + jobPages) >> 2]!, id);
    const series = id % seriesPerPage;
    if ((mask !== 0 && bytes[mask + id] !== 0) || floats[(page + inverses) / 4 + series] === 0) continue;
    const sum = distance(normalColumn(views, job, page, series), floats[limit]!);
    if (!(sum <= floats[limit]!)) continue;
    within += 1;
    keep(views, job, scratch, { id, sum });
  }
  return within;
}

/** Least addition to the squared distance from each point of a candidate to its end: LB_Keogh, summed from behind. */
function keoghSuffix(points: Float32Array, upper: Float32Array, lower: Float32Array, rest: Float64Array): number {
  rest[points.length] = 0;
  for (let j = points.length - 1; j >= 0; j -= 1) rest[j] = rest[j + 1]! + Math.max(0, points[j]! - upper[j]!, lower[j]! - points[j]!) ** 2;
  return rest[0]!;
}

/** What LB_Improved adds (Lemire 2009). */
function improvement(points: Float32Array, { query, upper, lower, radius }: { query: Float32Array; upper: Float32Array; lower: Float32Array; radius: number }): number {
  const projected = points.map((value, j) => Math.max(lower[j]!, Math.min(upper[j]!, value)));
  const { high, low } = envelope(projected, radius);
  let sum = 0;
  for (let i = 0; i < query.length; i += 1) sum += Math.max(0, query[i]! - high[i]!, low[i]! - query[i]!) ** 2;
  return sum;
}

/** The greatest and the least value within `radius` places: indices in the order of their values, as a sliding window goes along (Lemire 2006). */
export function envelope(values: Float32Array, radius: number): { high: Float32Array; low: Float32Array } {
  return { high: slide(values, radius, (a, b) => a >= b), low: slide(values, radius, (a, b) => a <= b) };
}

function slide(values: Float32Array, radius: number, outranks: (a: number, b: number) => boolean): Float32Array {
  const queue = new Int32Array(values.length);
  let [first, end, next] = [0, 0, 0];
  return values.map((_, i) => {
    for (; next <= Math.min(values.length - 1, i + radius); next += 1) {
      while (end > first && outranks(values[next]!, values[queue[end - 1]!]!)) end -= 1;
      queue[end] = next;
      end += 1;
    }
    if (queue[first]! < i - radius) first += 1;
    return values[queue[first]!]!;
  });
}

interface Matrix {
  readonly query: Float32Array;
  readonly points: Float32Array;
  readonly rest: Float64Array;
  /** Column j of the row before is at j + 1. */
  readonly cells: Float64Array;
  readonly radius: number;
}

/** Squared DTW row by row; Infinity once it is certain to be above the limit. */
function warp({ query, points, rest, cells, radius }: Matrix, limit: number): number {
  const end = points.length - 1;
  cells.fill(Infinity);
  cells[0] = 0;
  for (let i = 0; i <= end; i += 1) {
    const [low, high] = [Math.max(0, i - radius), Math.min(end, i + radius)];
    let diagonal = cells[low]!;
    let left = Infinity;
    let least = Infinity;
    for (let j = low; j <= high; j += 1) {
      const up = cells[j + 1]!;
      left = (query[i]! - points[j]!) ** 2 + Math.min(diagonal, up, left);
      diagonal = up;
      cells[j + 1] = left;
      least = Math.min(least, left);
    }
    if (i === 0) cells[0] = Infinity;
    if (least + rest[high + 1]! > limit) return Infinity;
  }
  return cells[end + 1]!;
}

/** Notes a result, and lowers the limit once as many are held as are wanted. Only one thread runs plain kernels on a job. */
function keep({ words, ints, floats }: MemoryViews, job: number, scratch: number, { id, sum }: { id: number; sum: number }): void {
  const place = words[(job + jobResultCount) >> 2]! / 4;
  const result = words[(job + jobResults) >> 2]! / 4 + 2 * Atomics.add(ints, place, 1);
  words[result] = id;
  floats[result + 1] = sum;
  const wanted = ints[(job + jobCount) >> 2]!;
  if (wanted === 0) return;
  const heap = floats.subarray(scratch / 4 + 4, scratch / 4 + 4 + wanted);
  const size = ints[scratch / 4]!;
  if (size < wanted) heap[size] = sum;
  else if (sum < heap[wanted - 1]!) heap[wanted - 1] = sum;
  ints[scratch / 4] = Math.min(wanted, size + 1);
  heap.subarray(0, Math.min(wanted, size + 1)).sort();
  if (size + 1 < wanted) return;
  const root = Math.sqrt(heap[wanted - 1]!) * floats[(job + jobRelative) >> 2]! + floats[(job + jobAbsolute) >> 2]!;
  const limit = words[(job + jobLimit) >> 2]! / 4;
  floats[limit] = Math.min(floats[limit]!, Math.fround(root * root));
}
