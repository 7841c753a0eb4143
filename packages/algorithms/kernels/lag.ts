import {
  jobLength, jobMask, lagEnd, lagFirst, lagFrom, lagLeast, lagMean, lagMirrored, lagNewest, lagOldest, lagPhases, lagPoints, lagQuery, lagScale, lagScores, lagShifts, lagSums,
  lagTaken, lagWidth, seriesPerPage, takenHeight, takenLevel,
} from '../src/kernels/layout';
import { rawStretch } from './column';
import { basesOf, countsOf, gridsOf, strideOf } from './page';
import { deviationOf, flatBelow, flatBelowBase, meanOf } from './sketch';

// A thread's scratch, from its beginning: a ring's values with zeroes around them, room to smooth them, then the products at each shift, phase by phase.

/** Shifts whose products are summed at once: four registers. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
const block: i32 = 16;
/** A spread below this part of the largest mean square that was met beside it is nothing but rounding. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
const flatBeside: f64 = 1e-9;

/** Bytes of scratch for a lag job of so many points, shifts and phases. */
export function lagScratchBytes(points: i32, shifts: i32, phases: i32): i32 {
  return bufferBytes(points, shifts) + smoothingBytes(points, shifts) + 4 * phases * wholeBlocks(shifts);
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function wholeBlocks(shifts: i32): i32 {
  return (shifts + block - 1) & ~(block - 1);
}

/** A place for each point at each shift, and a register more. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function bufferBytes(points: i32, shifts: i32): i32 {
  return ((points + wholeBlocks(shifts) + 8) & ~3) << 2;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function smoothingBytes(points: i32, shifts: i32): i32 {
  return 2 * bufferBytes(points, shifts) + 16;
}

/**
 * How far each ring of a page lies from the query at its best shift, to the job's scores from `first` on: the root of the mean squared distance over the points that meet, once what is taken out is
 * taken out of either. Infinity for who is masked, flat, or meets the query nowhere. Answers how many are not.
 */
export function lagPage(job: usize, page: usize, first: i32, scratch: usize): i32 {
  const mask = <usize>load<u32>(job + jobMask) + <usize>first;
  const scores = <usize>load<u32>(job + lagScores) + (<usize>first << 2);
  let candidates = 0;
  for (let series = 0; series < seriesPerPage; series++) {
    const far: f32 = load<u8>(mask + <usize>series) != 0 ? f32.POSITIVE_INFINITY : lagOne(job, page, series, scratch);
    store<f32>(scores + (<usize>series << 2), far);
    candidates += <i32>(far < f32.POSITIVE_INFINITY);
  }
  return candidates;
}

function lagOne(job: usize, page: usize, series: i32, scratch: usize): f32 {
  const length = load<i32>(job + jobLength), points = load<i32>(job + lagPoints), shifts = load<i32>(job + lagShifts);
  const newest = load<i32>(gridsOf(page, length) + (<usize>series << 2));
  const count = <i32>load<u16>(countsOf(page, length) + (<usize>series << 1));
  // Places in the buffer: the query's first point at the first shift is at 0.
  const lead = load<i32>(job + lagFirst) + load<i32>(job + lagFrom);
  let first = max(load<i32>(job + lagOldest), newest - count + 1) - lead, last = min(load<i32>(job + lagNewest), newest) - lead;
  if (last - first + 1 < load<i32>(job + lagLeast)) return f32.POSITIVE_INFINITY;
  rawStretch(page, series, length, first + lead, last + lead, scratch + (<usize>first << 2));
  if (isNaN(meanOf(scratch + (<usize>first << 2), last - first + 1))) {
    while (first < last && isNaN(load<f32>(scratch + (<usize>first << 2)))) first++;
    while (last > first && isNaN(load<f32>(scratch + (<usize>last << 2)))) last--;
    if (last - first + 1 < load<i32>(job + lagLeast)) return f32.POSITIVE_INFINITY;
    bridge(scratch, first, last);
  }
  const mean = centre(job, scratch, first, last, load<f64>(basesOf(page, length) + (<usize>series << 3)));
  if (isNaN(mean)) return f32.POSITIVE_INFINITY;
  clear(scratch, 0, first);
  clear(scratch, last + 1, bufferBytes(points, shifts) >> 2);
  const width = load<i32>(job + lagWidth);
  if (width > 1) smooth(scratch, first, last, width, scratch + <usize>bufferBytes(points, shifts));
  const products = scratch + <usize>(bufferBytes(points, shifts) + smoothingBytes(points, shifts));
  const phases = load<i32>(job + lagPhases), each = <usize>wholeBlocks(shifts) << 2;
  for (let phase = 0; phase < phases; phase++) {
    const query = <usize>load<u32>(job + lagQuery) + <usize>(phase * strideOf(points));
    for (let k = 0; k < shifts; k += block) correlate(query, scratch + (<usize>k << 2), points, products + <usize>phase * each + (<usize>k << 2));
  }
  return <f32>sqrt(nearestShift(job, scratch, first, last, mean, products));
}

/** Straight lines over gaps; the first and the last are none. */
function bridge(buffer: usize, first: i32, last: i32): void {
  for (let left = first, right = first + 1; right <= last; right++) {
    const high = <f64>load<f32>(buffer + (<usize>right << 2));
    if (isNaN(high)) continue;
    const low = <f64>load<f32>(buffer + (<usize>left << 2));
    for (let at = left + 1; at < right; at++) store<f32>(buffer + (<usize>at << 2), <f32>(low + (high - low) * <f64>(at - left) / <f64>(right - left)));
    left = right;
  }
}

/**
 * Takes from the values their mean at shift 0, so that single precision is left for the shape; what lies beyond that stretch does not spoil it. Answers the whole mean, base included; NaN for a
 * flat one where the height is taken out.
 */
function centre(job: usize, buffer: usize, first: i32, last: i32, base: f64): f64 {
  const own = -load<i32>(job + lagFrom);
  let from = max(first, own), until = min(last + 1, own + load<i32>(job + lagPoints));
  if (until - from < 2) { from = first; until = last + 1; }
  const at = buffer + (<usize>from << 2);
  const mean = meanOf(at, until - from);
  if (load<i32>(job + lagTaken) == (takenLevel | takenHeight) && !(deviationOf(at, mean, until - from) > max(flatBelow * abs(mean), flatBelowBase * abs(base)))) return NaN;
  const whole = f32x4.splat(<f32>mean), rest = f32x4.splat(<f32>(mean - <f64><f32>mean));
  for (let place = buffer + (<usize>first << 2), end = buffer + (<usize>last << 2); place <= end; place += 16) {
    v128.store(place, f32x4.sub(f32x4.sub(v128.load(place), whole), rest));
  }
  return mean + base;
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function clear(buffer: usize, from: i32, until: i32): void {
  for (let at = from; at < until; at++) store<f32>(buffer + (<usize>at << 2), 0);
}

/** The centred moving mean, fewer at the ends; by running sums in double precision. */
function smooth(buffer: usize, first: i32, last: i32, width: i32, sums: usize): void {
  let sum: f64 = 0;
  for (let at = first; at <= last; at++) {
    store<f64>(sums + (<usize>at << 3), sum);
    sum += <f64>load<f32>(buffer + (<usize>at << 2));
  }
  store<f64>(sums + (<usize>(last + 1) << 3), sum);
  const reach = width >> 1;
  for (let at = first; at <= last; at++) {
    const from = max(first, at - reach), until = min(last, at + reach) + 1;
    store<f32>(buffer + (<usize>at << 2), <f32>((load<f64>(sums + (<usize>until << 3)) - load<f64>(sums + (<usize>from << 3))) / <f64>(until - from)));
  }
}

/** Sums of products of the query and the values at 16 shifts: each lane is a shift. */
function correlate(query: usize, values: usize, points: i32, into: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let end = query + (<usize>points << 2); query < end; query += 4, values += 4) {
    const one = v128.load32_splat(query);
    a = f32x4.add(a, f32x4.mul(one, v128.load(values)));
    b = f32x4.add(b, f32x4.mul(one, v128.load(values, 16)));
    c = f32x4.add(c, f32x4.mul(one, v128.load(values, 32)));
    d = f32x4.add(d, f32x4.mul(one, v128.load(values, 48)));
  }
  v128.store(into, a);
  v128.store(into, b, 16);
  v128.store(into, c, 32);
  v128.store(into, d, 48);
}

/** The least mean squared distance over all shifts and phases. Sums over the values that meet go along from the last shift to the first. */
function nearestShift(job: usize, buffer: usize, first: i32, last: i32, mean: f64, products: usize): f64 {
  const points = load<i32>(job + lagPoints), shifts = load<i32>(job + lagShifts), phases = load<i32>(job + lagPhases);
  const least = load<i32>(job + lagLeast), end = load<i32>(job + lagEnd);
  const each = <usize>wholeBlocks(shifts) << 2;
  const columnBytes = <usize>(points + 1) << 4, squaresAt = <usize>(points + 1) << 3;
  let best: f64 = Infinity, sum: f64 = 0, squares: f64 = 0, largest: f64 = 0;
  let low = last + 1, high = last + 1;
  for (let k = shifts - 1; k >= 0; k--) {
    const from = max(k, first), until = min(k + points, last + 1);
    for (; high > until; high--) {
      if (high <= low) { low = high - 1; continue; }
      const value = <f64>load<f32>(buffer + (<usize>(high - 1) << 2));
      sum -= value;
      squares -= value * value;
    }
    for (; low > from; low--) {
      const value = <f64>load<f32>(buffer + (<usize>(low - 1) << 2));
      sum += value;
      squares += value * value;
    }
    const meet = until - from;
    if (meet < least || until - k < end) continue;
    largest = max(largest, squares);
    let sums = <usize>load<u32>(job + lagSums);
    for (let phase = 0; phase < phases; phase++, sums += columnBytes) {
      const left = sums + (<usize>(from - k) << 3), right = sums + (<usize>(until - k) << 3);
      const product = <f64>load<f32>(products + <usize>phase * each + (<usize>k << 2));
      const querySum = load<f64>(right) - load<f64>(left), querySquares = load<f64>(right + squaresAt) - load<f64>(left + squaresAt);
      best = min(best, meanSquare(job, <f64>meet, mean, product, querySum, querySquares, sum, squares, largest));
    }
  }
  return best;
}

/** From the sums over what meets. `a` are the query's points, `b` the values less `mean`. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function meanSquare(job: usize, meet: f64, mean: f64, ab: f64, a: f64, aa: f64, b: f64, bb: f64, largest: f64): f64 {
  const taken = load<i32>(job + lagTaken), mirrored = load<i32>(job + lagMirrored) != 0;
  const spread = aa - a * a / meet, other = bb - b * b / meet;
  let common = ab - a * b / meet;
  if (taken == (takenLevel | takenHeight)) {
    if (!(spread > flatBeside * aa) || !(other > flatBeside * largest)) return Infinity;
    if (mirrored) common = abs(common);
    return max(0, 2 - 2 * common / sqrt(spread * other));
  }
  const scale = load<f64>(job + lagScale);
  if (taken == takenLevel) {
    if (mirrored) common = abs(common);
    return max(0, (spread * scale * scale + other - 2 * scale * common) / meet);
  }
  const level = load<f64>(job + lagMean) + scale * a / meet, otherLevel = mean + b / meet;
  if (taken == takenHeight) {
    const height = sqrt((spread * scale * scale / meet + level * level) * (other / meet + otherLevel * otherLevel));
    if (!(height > 0)) return Infinity;
    const product = scale * common / meet + level * otherLevel;
    return max(0, 2 - 2 * (mirrored ? abs(product) : product) / height);
  }
  const upright = (spread * scale * scale + other - 2 * scale * common) / meet + (level - otherLevel) * (level - otherLevel);
  if (!mirrored) return max(0, upright);
  return max(0, min(upright, (spread * scale * scale + other + 2 * scale * common) / meet + (level + otherLevel) * (level + otherLevel)));
}
