import {
  flagChanged, flagUneven, jobBounds, jobLength, jobMask, jobNormalised, jobOldest, jobSketch, seriesPerPage, sketchGroup, sketchScale, sketchSegments, sketchZero,
} from '../src/kernels/layout';
import { isWhole, rawColumn } from './column';
import { basesOf, columnOf, flagsOf, inversesOf, meansOf, remaindersOf, segmentsOf, sketchedForOf, sketchesOf } from './page';

/** A ring's spread below this part of its mean, less the base, or below that part of its base, is rounding noise, not a shape. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export const flatBelow: f64 = 1e-7;
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
export const flatBelowBase: f64 = 1e-12;

/**
 * Makes the sketch, mean and inverse deviation of every changed series of a page anew, and of all where the window moved; a series without a shape
 * gets the inverse 0. `scratch` holds a column and a register. Answers how many.
 */
export function sketchPage(job: usize, page: usize, scratch: usize): i32 {
  const length = load<i32>(job + jobLength);
  const flags = flagsOf(page, length);
  const rings = load<i32>(job + jobNormalised) == 0;
  const moved = rings && load<i32>(sketchedForOf(page, length)) != load<i32>(job + jobOldest);
  let made = 0;
  for (let series = 0; series < seriesPerPage; series++) {
    if (!moved && (load<u8>(flags + series) & flagChanged) == 0) continue;
    store<u8>(flags + series, rings && !isWhole(job, page, series) ? flagUneven : 0);
    sketchOne(job, page, series, scratch);
    made++;
  }
  store<i32>(sketchedForOf(page, length), load<i32>(job + jobOldest));
  return made;
}

function sketchOne(job: usize, page: usize, series: i32, scratch: usize): void {
  const length = load<i32>(job + jobLength);
  const means = meansOf(page, length) + (<usize>series << 2), inverses = inversesOf(page, length) + (<usize>series << 2);
  let points = scratch;
  let mean: f32 = 0, remainder: f32 = 0, inverse: f32 = 1;
  if (load<i32>(job + jobNormalised)) {
    points = columnOf(page, length, series);
  } else {
    let usable = rawColumn(job, page, series, scratch) >= 2;
    let centre = usable ? meanOf(points, length) : 0;
    if (isNaN(centre)) {
      // A gap.
      store<u8>(flagsOf(page, length) + series, flagUneven);
      usable = rawColumn(job, page, series, scratch) >= 2;
      centre = usable ? meanOf(points, length) : 0;
    }
    const deviation = usable ? deviationOf(points, centre, length) : 0;
    mean = <f32>centre;
    remainder = <f32>(centre - <f64>mean);
    const least = max(flatBelow * abs(centre), flatBelowBase * abs(load<f64>(basesOf(page, length) + (<usize>series << 3))));
    inverse = deviation > least ? <f32>(1 / deviation) : 0;
    if (inverse == Infinity) inverse = 0;
  }
  store<f32>(means, mean);
  store<f32>(remaindersOf(page, length) + (<usize>series << 2), remainder);
  store<f32>(inverses, inverse);
  writeSketch(points, mean, inverse, sketchesOf(page, length) + (<usize>(series / sketchGroup) * sketchGroup * sketchSegments) + <usize>(series % sketchGroup), length);
}

export function meanOf(points: usize, length: i32): f64 {
  let sum = f64x2.splat(0), more = sum, i = 0;
  for (; i + 4 <= length; i += 4) {
    const four = v128.load(points + (<usize>i << 2));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(four));
    more = f64x2.add(more, f64x2.promote_low_f32x4(i64x2.shuffle(four, four, 1, 1)));
  }
  const pair = f64x2.add(sum, more);
  let total = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; i < length; i++) total += <f64>load<f32>(points + (<usize>i << 2));
  return total / <f64>length;
}

export function deviationOf(points: usize, mean: f64, length: i32): f64 {
  const centre = f64x2.splat(mean);
  let sum = f64x2.splat(0), more = sum, i = 0;
  for (; i + 4 <= length; i += 4) {
    const four = v128.load(points + (<usize>i << 2));
    const low = f64x2.sub(f64x2.promote_low_f32x4(four), centre), high = f64x2.sub(f64x2.promote_low_f32x4(i64x2.shuffle(four, four, 1, 1)), centre);
    sum = f64x2.add(sum, f64x2.mul(low, low));
    more = f64x2.add(more, f64x2.mul(high, high));
  }
  const pair = f64x2.add(sum, more);
  let total = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; i < length; i++) {
    const far = <f64>load<f32>(points + (<usize>i << 2)) - mean;
    total += far * far;
  }
  return sqrt(total / <f64>length);
}

/** Segment s is the points from floor(s L / S) to floor((s + 1) L / S); its byte is floor(32 mean) + 128, within 0 and 255. */
function writeSketch(points: usize, mean: f32, inverse: f32, into: usize, length: i32): void {
  const segments = segmentsOf(length);
  for (let segment = 0; segment < sketchSegments; segment++) {
    let byte = 0;
    if (segment < segments) {
      const from = segment * length / segments, until = (segment + 1) * length / segments;
      let sum: f32 = 0;
      for (let i = from; i < until; i++) sum += load<f32>(points + (<usize>i << 2)) - mean;
      const level = floor(sum * inverse * <f32>sketchScale / <f32>(until - from)) + <f32>sketchZero;
      byte = <i32>max<f32>(0, min<f32>(255, level));
    }
    store<u8>(into + <usize>(segment * sketchGroup), <u8>byte);
  }
}

/**
 * Lower bounds of a page's series, 16 bits each, to the job's bounds from `first` on: the sum over segments of the squared steps by which a byte lies outside of
 * the query's, at most 65535, which is also that of who is no candidate. PAA of the envelope (Zhu and Shasha 2003); see `prepared-query.ts` for what a step is worth.
 * Answers how many are candidates.
 */
export function boundPage(job: usize, page: usize, first: i32): i32 {
  const length = load<i32>(job + jobLength);
  const segments = segmentsOf(length);
  const query = <usize>load<u32>(job + jobSketch);
  const inverses = inversesOf(page, length);
  const mask = <usize>load<u32>(job + jobMask) + <usize>first;
  let group = sketchesOf(page, length);
  let into = <usize>load<u32>(job + jobBounds) + (<usize>first << 1);
  let candidates = 0;
  for (let series = 0; series < seriesPerPage; series += sketchGroup) {
    let low = i16x8.splat(0), high = low;
    for (let segment = 0; segment < segments; segment++) {
      const bytes = v128.load(group + <usize>(segment * sketchGroup));
      const above = i8x16.sub_sat_u(bytes, v128.load8_splat(query + segment));
      const below = i8x16.sub_sat_u(v128.load8_splat(query + sketchSegments + segment), bytes);
      const far = v128.or(above, below);
      low = i16x8.add_sat_u(low, i16x8.extmul_low_i8x16_u(far, far));
      high = i16x8.add_sat_u(high, i16x8.extmul_high_i8x16_u(far, far));
    }
    const out = noCandidates(inverses + (<usize>series << 2), mask + <usize>series);
    candidates += sketchGroup - popcnt<i32>(i8x16.bitmask(out));
    v128.store(into, v128.or(low, i16x8.extend_low_i8x16_s(out)));
    v128.store(into, v128.or(high, i16x8.extend_high_i8x16_s(out)), 16);
    group += sketchGroup * sketchSegments;
    into += 2 * sketchGroup;
  }
  return candidates;
}

/** Of 16 series: all bits of a byte set for who has no shape or is masked. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function noCandidates(inverses: usize, mask: usize): v128 {
  const zero = f32x4.splat(0);
  const a = f32x4.eq(v128.load(inverses), zero), b = f32x4.eq(v128.load(inverses, 16), zero);
  const c = f32x4.eq(v128.load(inverses, 32), zero), d = f32x4.eq(v128.load(inverses, 48), zero);
  const shapeless = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return v128.or(shapeless, i8x16.ne(v128.load(mask), i8x16.splat(0)));
}

/** Writes the numbers of bounds that are at most `limit`, of `count` (a multiple of 8), to `into`; answers how many. */
export function gatherBelow(bounds: usize, count: i32, limit: i32, into: usize): i32 {
  const most = i16x8.splat(<i16>limit);
  const begin = into;
  for (let i = 0; i < count; i += 8) {
    let bits = i16x8.bitmask(i16x8.le_u(v128.load(bounds + (<usize>i << 1)), most));
    for (; bits != 0; bits &= bits - 1) {
      store<u32>(into, i + ctz(bits));
      into += 4;
    }
  }
  return <i32>((into - begin) >> 2);
}
