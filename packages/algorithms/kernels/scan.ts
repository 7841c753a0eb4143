import {
  jobAbsolute, jobCount, jobLength, jobLimit, jobLower, jobMask, jobNormalised, jobPages, jobQuery, jobRadius, jobRelative, jobResultCount, jobResults, jobUpper, seriesPerPage,
} from '../src/kernels/layout';
import { normalColumn } from './column';
import { improvement, interleave, keoghSuffix, warp } from './lanes';
import { inversesOf, strideOf } from './page';

// A thread's scratch, from its beginning: the nearest so far (count, then a heap of squared distances), then the columns in hand.

/** Bytes of scratch a thread needs for columns of a length, a radius and so many nearest. */
export function scratchBytes(length: i32, radius: i32, count: i32): i32 {
  const fours = 16 * (((length + 3) & ~3) + (length + 1) + (length + 3)), windows = 48 * (length + 2 * radius + 2);
  return heapBytes(count) + 2 * handBytes(length) + fours + windows;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function heapBytes(count: i32): i32 {
  return (16 + 4 * count + 15) & ~15;
}

/** Begins a job on a thread's scratch; the nearest so far are those at `seeds`, the beginning of another scratch, or none (0). */
export function beginScan(job: usize, scratch: usize, seeds: usize): void {
  const length = load<i32>(job + jobLength);
  store<i32>(promisingIn(job, scratch) + 32, 0);
  store<i32>(warpingIn(job, scratch, length) + 32, 0);
  const size = seeds == 0 ? 0 : load<i32>(seeds);
  store<i32>(scratch, size);
  for (let i: usize = 16, end = (<usize>size << 2) + 16; i < end; i += 4) store<f32>(scratch + i, load<f32>(seeds + i));
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function pageOf(job: usize, id: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(job + jobPages) + ((<usize>id / seriesPerPage) << 2));
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function limitOf(job: usize): f32 {
  return reinterpret<f32>(atomic.load<i32>(<usize>load<u32>(job + jobLimit)));
}

/** Whether an id may be a match: not masked, and with a shape. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function eligible(job: usize, page: usize, id: u32, length: i32): bool {
  const mask = <usize>load<u32>(job + jobMask);
  if (mask != 0 && load<u8>(mask + <usize>id) != 0) return false;
  return load<f32>(inversesOf(page, length) + (<usize>(id % seriesPerPage) << 2)) != 0;
}

/** Euclid, abandoning every 16 points, over `count` ids at `ids`. What is within the limit goes to the results. Answers how many were compared to their end. */
export function scanEuclid(job: usize, ids: usize, count: i32, scratch: usize): i32 {
  const length = load<i32>(job + jobLength);
  const query = <usize>load<u32>(job + jobQuery);
  const column = scratch + heapBytes(load<i32>(job + jobCount));
  let limit = limitOf(job), whole = 0;
  for (let n = 0; n < count; n++) {
    const id = load<u32>(ids + (<usize>n << 2));
    const page = pageOf(job, id);
    if (!eligible(job, page, id, length)) continue;
    const points = normalColumn(job, page, <i32>(id % seriesPerPage), column);
    const sum = euclidWithin(query, points, length, limit);
    if (!(sum <= limit)) continue;
    whole++;
    keep(job, scratch, id, sum);
    limit = limitOf(job);
  }
  return whole;
}

/** Squared distance, or above the limit when it is certain to be. */
function euclidWithin(query: usize, points: usize, length: i32, limit: f32): f32 {
  let sum: f32 = 0, i = 0;
  for (; i + 16 <= length; i += 16) {
    const at = <usize>i << 2;
    const a = f32x4.sub(v128.load(query + at), v128.load(points + at)), b = f32x4.sub(v128.load(query + at, 16), v128.load(points + at, 16));
    const c = f32x4.sub(v128.load(query + at, 32), v128.load(points + at, 32)), d = f32x4.sub(v128.load(query + at, 48), v128.load(points + at, 48));
    sum += across(f32x4.add(f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)), f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d))));
    if (sum > limit) return sum;
  }
  for (; i < length; i++) {
    const far = load<f32>(query + (<usize>i << 2)) - load<f32>(points + (<usize>i << 2));
    sum += far * far;
  }
  return sum;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function across(four: v128): f32 {
  return (f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1)) + (f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3));
}

/** LB_Keogh of one candidate, abandoning every 16 points. */
function keoghWithin(upper: usize, lower: usize, points: usize, length: i32, limit: f32): f32 {
  let sum: f32 = 0, i = 0;
  for (; i + 16 <= length; i += 16) {
    const at = <usize>i << 2;
    let four = outsideSquared(upper + at, lower + at, points + at);
    four = f32x4.add(four, outsideSquared(upper + at + 16, lower + at + 16, points + at + 16));
    four = f32x4.add(four, outsideSquared(upper + at + 32, lower + at + 32, points + at + 32));
    four = f32x4.add(four, outsideSquared(upper + at + 48, lower + at + 48, points + at + 48));
    sum += across(four);
    if (sum > limit) return sum;
  }
  for (; i < length; i++) {
    const at = <usize>i << 2;
    const value = load<f32>(points + at);
    const far = max<f32>(max<f32>(value - load<f32>(upper + at), load<f32>(lower + at) - value), 0);
    sum += far * far;
  }
  return sum;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function outsideSquared(upper: usize, lower: usize, points: usize): v128 {
  const value = v128.load(points);
  const far = f32x4.pmax(f32x4.pmax(f32x4.sub(value, v128.load(upper)), f32x4.sub(v128.load(lower), value)), f32x4.splat(0));
  return f32x4.mul(far, far);
}

// A hand: up to four candidates that wait for their turn in the lanes. Ids (16 bytes), pointers to columns (16 bytes), how many (16 bytes), room for four columns.

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function handBytes(length: i32): i32 {
  return 48 + 4 * (strideOf(length) + 16);
}

/** Who waits for LB_Improved. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function promisingIn(job: usize, scratch: usize): usize {
  return scratch + heapBytes(load<i32>(job + jobCount));
}

/** Who waits for the matrix. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function warpingIn(job: usize, scratch: usize, length: i32): usize {
  return promisingIn(job, scratch) + <usize>handBytes(length);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function roomInHand(hand: usize, length: i32): usize {
  return hand + 48 + <usize>(load<i32>(hand + 32) * (strideOf(length) + 16));
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function take(hand: usize, id: u32, column: usize): i32 {
  const held = load<i32>(hand + 32);
  store<u32>(hand + (<usize>held << 2), id);
  store<u32>(hand + 16 + (<usize>held << 2), <u32>column);
  store<i32>(hand + 32, held + 1);
  return held + 1;
}

/**
 * DTW over `count` ids at `ids`: LB_Keogh one by one, then LB_Improved and the banded matrix four at a time; `straight` (not 0) leaves the bounds out,
 * for where they keep too much alive. What is within the limit goes to the results; up to six may wait for others until the next call, or `endScan`. Answers how many
 * came as far as the matrix.
 */
export function scanDtw(job: usize, ids: usize, count: i32, scratch: usize, straight: i32): i32 {
  const length = load<i32>(job + jobLength);
  const upper = <usize>load<u32>(job + jobUpper), lower = <usize>load<u32>(job + jobLower);
  const promising = promisingIn(job, scratch), warping = warpingIn(job, scratch, length);
  const fours = warping + <usize>handBytes(length);
  let warped = 0;
  for (let n = 0; n < count; n++) {
    const id = load<u32>(ids + (<usize>n << 2));
    const page = pageOf(job, id);
    if (!eligible(job, page, id, length)) continue;
    const column = normalColumn(job, page, <i32>(id % seriesPerPage), roomInHand(promising, length));
    const limit = limitOf(job);
    if (straight) {
      if (take(promising, id, column) == 4) warped += warpFour(job, promising, fours, scratch);
      continue;
    }
    if (keoghWithin(upper, lower, column, length, limit) > limit) continue;
    if (take(promising, id, column) == 4) warped += promisingFour(job, promising, warping, fours, scratch);
  }
  return warped;
}

/** Ends a job on a thread's scratch: compares those that still waited for others. Answers how many came as far as the matrix. */
export function endScan(job: usize, scratch: usize): i32 {
  const length = load<i32>(job + jobLength);
  const promising = promisingIn(job, scratch), warping = warpingIn(job, scratch, length);
  const fours = warping + <usize>handBytes(length);
  let warped = 0;
  if (load<i32>(promising + 32) > 0) warped += promisingFour(job, promising, warping, fours, scratch);
  if (load<i32>(warping + 32) > 0) warped += warpFour(job, warping, fours, scratch);
  return warped;
}

/** The columns of a hand side by side; empty lanes repeat the first. */
function lay(hand: usize, into: usize, length: i32): void {
  const held = load<i32>(hand + 32);
  for (let lane = held; lane < 4; lane++) store<u32>(hand + 16 + (<usize>lane << 2), load<u32>(hand + 16));
  interleave(<usize>load<u32>(hand + 16), <usize>load<u32>(hand + 20), <usize>load<u32>(hand + 24), <usize>load<u32>(hand + 28), into, length);
}

// In `fours`: the columns of four, their suffix bounds, the cells of the matrix, and room for the sliding windows.

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function suffixIn(fours: usize, length: i32): usize {
  return fours + <usize>(((length + 3) & ~3) << 4);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function cellsIn(fours: usize, length: i32): usize {
  return suffixIn(fours, length) + <usize>((length + 1) << 4);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function windowsIn(fours: usize, length: i32): usize {
  return cellsIn(fours, length) + <usize>((length + 3) << 4);
}

/** LB_Improved of a hand. All four within the limit: warped at once; else the survivors wait for others. Empties the hand. */
function promisingFour(job: usize, hand: usize, warping: usize, fours: usize, scratch: usize): i32 {
  const length = load<i32>(job + jobLength), radius = load<i32>(job + jobRadius);
  const query = <usize>load<u32>(job + jobQuery), upper = <usize>load<u32>(job + jobUpper), lower = <usize>load<u32>(job + jobLower);
  const held = load<i32>(hand + 32);
  lay(hand, fours, length);
  const suffix = suffixIn(fours, length);
  const limit = limitOf(job);
  const bound = f32x4.add(keoghSuffix(fours, upper, lower, suffix, length), improvement(fours, query, upper, lower, windowsIn(fours, length), length, radius));
  const alive = i32x4.bitmask(f32x4.le(bound, f32x4.splat(limit))) & ((1 << held) - 1);
  store<i32>(hand + 32, 0);
  if (alive == 15) {
    offer(job, scratch, hand, 4, warp(fours, query, suffix, cellsIn(fours, length), length, radius, limit));
    return 4;
  }
  let warped = 0;
  for (let lane = 0; lane < held; lane++) {
    if ((alive & (1 << lane)) == 0) continue;
    const id = load<u32>(hand + (<usize>lane << 2));
    const column = moved(job, <usize>load<u32>(hand + 16 + (<usize>lane << 2)), roomInHand(warping, length), length);
    if (take(warping, id, column) == 4) warped += warpFour(job, warping, fours, scratch);
  }
  return warped;
}

/** A column that outlasts its hand. */
function moved(job: usize, column: usize, into: usize, length: i32): usize {
  if (load<i32>(job + jobNormalised)) return column;
  for (let at: usize = 0, end = <usize>length << 2; at < end; at += 16) v128.store(into + at, v128.load(column + at));
  return into;
}

function warpFour(job: usize, hand: usize, fours: usize, scratch: usize): i32 {
  const length = load<i32>(job + jobLength), radius = load<i32>(job + jobRadius);
  const held = load<i32>(hand + 32);
  lay(hand, fours, length);
  const suffix = suffixIn(fours, length);
  keoghSuffix(fours, <usize>load<u32>(job + jobUpper), <usize>load<u32>(job + jobLower), suffix, length);
  store<i32>(hand + 32, 0);
  offer(job, scratch, hand, held, warp(fours, <usize>load<u32>(job + jobQuery), suffix, cellsIn(fours, length), length, radius, limitOf(job)));
  return held;
}

/** The distances of a hand's candidates, by way of scratch: lanes have no number at run time. */
function offer(job: usize, scratch: usize, hand: usize, held: i32, sums: v128): void {
  v128.store(hand + 16, sums);
  for (let lane = 0; lane < held; lane++) {
    const sum = load<f32>(hand + 16 + (<usize>lane << 2));
    if (sum <= limitOf(job)) keep(job, scratch, load<u32>(hand + (<usize>lane << 2)), sum);
  }
}

/** Notes a result; once this thread has seen as many as are wanted, its farthest of the nearest is a limit for all. */
function keep(job: usize, scratch: usize, id: u32, sum: f32): void {
  const place = atomic.add<i32>(<usize>load<u32>(job + jobResultCount), 1);
  const result = <usize>load<u32>(job + jobResults) + (<usize>place << 3);
  store<u32>(result, id);
  store<f32>(result, sum, 4);
  const wanted = load<i32>(job + jobCount);
  if (insert(scratch, sum, wanted) == wanted) lowerLimit(job, load<f32>(scratch + 16));
}

/** Lowers the shared limit to what a squared distance allows. */
function lowerLimit(job: usize, farthest: f32): void {
  const root = sqrt(farthest) * load<f32>(job + jobRelative) + load<f32>(job + jobAbsolute);
  const limit = root * root;
  const shared = <usize>load<u32>(job + jobLimit);
  let before = atomic.load<i32>(shared);
  while (reinterpret<f32>(before) > limit) {
    const seen = atomic.cmpxchg<i32>(shared, before, reinterpret<i32>(limit));
    if (seen == before) return;
    before = seen;
  }
}

/** The nearest so far as a heap with the farthest on top, at most `wanted`. Answers how many it holds. */
export function insert(heap: usize, sum: f32, wanted: i32): i32 {
  const size = load<i32>(heap);
  const values = heap + 16;
  if (size < wanted) {
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = load<f32>(values + (<usize>parent << 2));
      if (above >= sum) break;
      store<f32>(values + (<usize>at << 2), above);
      at = parent;
    }
    store<f32>(values + (<usize>at << 2), sum);
    store<i32>(heap, size + 1);
    return size + 1;
  }
  if (wanted > 0 && sum < load<f32>(values)) sink(values, size, sum);
  return size;
}

function sink(values: usize, size: i32, sum: f32): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && load<f32>(values + (<usize>(child + 1) << 2)) > load<f32>(values + (<usize>child << 2))) child++;
    const below = load<f32>(values + (<usize>child << 2));
    if (below <= sum) break;
    store<f32>(values + (<usize>at << 2), below);
    at = child;
  }
  store<f32>(values + (<usize>at << 2), sum);
}
