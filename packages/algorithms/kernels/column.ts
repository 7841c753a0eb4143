import { flagUneven, jobLength, jobNormalised, jobOldest, spareSlots } from '../src/kernels/layout';
import { columnOf, countsOf, flagsOf, gridsOf, headsOf, inversesOf, meansOf, remaindersOf } from './page';

/** A candidate's z-normalised points in order: where they lie, or made at `into`. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
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

/** A ring's raw values over the window, oldest first, at `into`; it has room for a register more. Answers how many there were; fewer than 2 make no column. */
export function rawColumn(job: usize, page: usize, series: i32, into: usize): i32 {
  const length = load<i32>(job + jobLength);
  if (load<u8>(flagsOf(page, length) + series) & flagUneven) return unevenColumn(job, page, series, into);
  const slots = length + spareSlots;
  const ring = columnOf(page, length, series);
  const first = placeOf(page, series, length, load<i32>(job + jobOldest));
  const whole = min(length, slots - first);
  copy(ring + (<usize>first << 2), into, whole);
  copy(ring, into + (<usize>whole << 2), length - whole);
  return length;
}

/** Whether a ring has all instants of the window; gaps among them do not count. */
export function isWhole(job: usize, page: usize, series: i32): bool {
  const length = load<i32>(job + jobLength);
  const oldest = load<i32>(job + jobOldest);
  const newest = load<i32>(gridsOf(page, length) + (<usize>series << 2));
  const count = <i32>load<u16>(countsOf(page, length) + (<usize>series << 1));
  return count > 0 && newest - count < oldest && newest >= oldest + length - 1;
}

/** A ring's raw values from one instant that it has to another, in order, at `into`; it has room for a register more. Gaps among them are NaN. */
export function rawStretch(page: usize, series: i32, length: i32, first: i32, last: i32, into: usize): void {
  const ring = columnOf(page, length, series);
  const place = placeOf(page, series, length, first);
  const count = last - first + 1;
  const whole = min(count, length + spareSlots - place);
  copy(ring + (<usize>place << 2), into, whole);
  copy(ring, into + (<usize>whole << 2), count - whole);
}

/** Where in its ring a series has the value of an instant that it has. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function placeOf(page: usize, series: i32, length: i32, grid: i32): i32 {
  const slots = length + spareSlots;
  const newest = load<i32>(gridsOf(page, length) + (<usize>series << 2));
  const place = <i32>load<u16>(headsOf(page, length) + (<usize>series << 1)) - 1 - (newest - grid);
  return place < 0 ? place + slots : place;
}

/** Whole registers: up to three floats more than asked. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function copy(from: usize, into: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    v128.store(into, v128.load(from));
    from += 16;
    into += 16;
  }
}

/** What a ring has of the window from its first to its last value there, gaps (NaN) filled by straight lines, stretched to the length. */
function unevenColumn(job: usize, page: usize, series: i32, into: usize): i32 {
  const length = load<i32>(job + jobLength);
  const oldest = load<i32>(job + jobOldest);
  const newest = load<i32>(gridsOf(page, length) + (<usize>series << 2));
  const count = <i32>load<u16>(countsOf(page, length) + (<usize>series << 1));
  let first = max(oldest, newest - count + 1), last = min(oldest + length - 1, newest);
  while (first < last && isNaN(valueAt(page, series, length, first))) first++;
  while (last > first && isNaN(valueAt(page, series, length, last))) last--;
  const span = last - first;
  if (span < 1) return 0;
  let left = first, right = first + 1;
  for (let k = 0; k < length; k++) {
    const instant = <f64>first + <f64>(span * k) / <f64>(length - 1);
    while (right < last && (<f64>right < instant || isNaN(valueAt(page, series, length, right)))) {
      if (!isNaN(valueAt(page, series, length, right))) left = right;
      right++;
    }
    const low = <f64>valueAt(page, series, length, left), high = <f64>valueAt(page, series, length, right);
    store<f32>(into + (<usize>k << 2), <f32>(low + (high - low) * (instant - <f64>left) / <f64>(right - left)));
  }
  return span + 1;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function valueAt(page: usize, series: i32, length: i32, grid: i32): f32 {
  return load<f32>(columnOf(page, length, series) + (<usize>placeOf(page, series, length, grid) << 2));
}
