import { flagUneven, jobLength, jobNormalised, jobOldest, lagTolerated } from '../src/kernels/layout';
import { columnOf, countsOf, flagsOf, gridsOf, headsOf, inversesOf, meansOf, remaindersOf } from './page';

/** A candidate's z-normalised points in order: where they lie, or made at `into`. */
// @ts-ignore: decorator
@inline
export function normalColumn(job: usize, page: usize, series: i32, into: usize): usize {
  const length = load<i32>(job + jobLength);
  if (load<i32>(job + jobNormalised)) return columnOf(page, length, series);
  rawColumn(job, page, series, into);
  const mean = f32x4.splat(load<f32>(meansOf(page, length) + (<usize>series << 2)));
  const remainder = f32x4.splat(load<f32>(remaindersOf(page, length) + (<usize>series << 2)));
  const inverse = f32x4.splat(load<f32>(inversesOf(page, length) + (<usize>series << 2)));
  for (let at = into, end = into + (<usize>length << 2); at < end; at += 16) {
    v128.store(at, f32x4.mul(f32x4.sub(f32x4.sub(v128.load(at), mean), remainder), inverse));
  }
  return into;
}

/** A ring's raw values, oldest first, at `into`; it has room for a register more. Answers how many there were; fewer than 2 make no column. */
export function rawColumn(job: usize, page: usize, series: i32, into: usize): i32 {
  const length = load<i32>(job + jobLength);
  const ring = columnOf(page, length, series);
  const head = <i32>load<u16>(headsOf(page, length) + (<usize>series << 1));
  if (load<u8>(flagsOf(page, length) + series) & flagUneven) return unevenColumn(job, page, series, into);
  copy(ring + (<usize>head << 2), into, length - head);
  copy(ring, into + (<usize>(length - head) << 2), head);
  return length;
}

/** Whole registers: up to three floats more than asked. */
// @ts-ignore: decorator
@inline
function copy(from: usize, into: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    v128.store(into, v128.load(from));
    from += 16;
    into += 16;
  }
}

/**
 * A ring that is not full or has gaps (NaN), or that begins before the window: what there is of it from the first to the last value in the window, gaps filled
 * by straight lines, stretched to the length.
 */
function unevenColumn(job: usize, page: usize, series: i32, into: usize): i32 {
  const length = load<i32>(job + jobLength);
  const ring = columnOf(page, length, series);
  const head = <i32>load<u16>(headsOf(page, length) + (<usize>series << 1));
  const count = <i32>load<u16>(countsOf(page, length) + (<usize>series << 1));
  const newest = load<i32>(gridsOf(page, length) + (<usize>series << 2));
  const oldest = load<i32>(job + jobOldest);
  const lags = newest < oldest + length - 1 - lagTolerated;
  let first = lags ? min(count, max(0, oldest - (newest - count + 1))) : 0, end = count;
  while (first < end && isNaN(at(ring, head, count, first, length))) first++;
  while (end > first && isNaN(at(ring, head, count, end - 1, length))) end--;
  const span = end - first - 1;
  if (span < 1) return max(0, span + 1);
  let left = first, right = first + 1;
  for (let k = 0; k < length; k++) {
    const instant = <f64>first + <f64>(span * k) / <f64>(length - 1);
    while (right < end - 1 && (<f64>right < instant || isNaN(at(ring, head, count, right, length)))) {
      if (!isNaN(at(ring, head, count, right, length))) left = right;
      right++;
    }
    const low = <f64>at(ring, head, count, left, length), high = <f64>at(ring, head, count, right, length);
    store<f32>(into + (<usize>k << 2), <f32>(low + (high - low) * (instant - <f64>left) / <f64>(right - left)));
  }
  return span + 1;
}

/** The value `index` places after the oldest of a ring of `count`. */
// @ts-ignore: decorator
@inline
function at(ring: usize, head: i32, count: i32, index: i32, length: i32): f32 {
  const place = (head - count + index + 2 * length) % length;
  return load<f32>(ring + (<usize>place << 2));
}
