/**
 * Four candidates in one register. Where a column of four lies, point j of all four is the register at 16 j.
 */

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function infinite(): v128 {
  return f32x4.splat(f32.POSITIVE_INFINITY);
}

/** The columns at a, b, c, d as one column of four. Reads and writes whole registers. */
export function interleave(a: usize, b: usize, c: usize, d: usize, into: usize, length: i32): void {
  for (let j = 0; j < length; j += 4) {
    const x = v128.load(a), y = v128.load(b), z = v128.load(c), w = v128.load(d);
    const xy = i32x4.shuffle(x, y, 0, 4, 1, 5), XY = i32x4.shuffle(x, y, 2, 6, 3, 7);
    const zw = i32x4.shuffle(z, w, 0, 4, 1, 5), ZW = i32x4.shuffle(z, w, 2, 6, 3, 7);
    v128.store(into, i64x2.shuffle(xy, zw, 0, 2));
    v128.store(into, i64x2.shuffle(xy, zw, 1, 3), 16);
    v128.store(into, i64x2.shuffle(XY, ZW, 0, 2), 32);
    v128.store(into, i64x2.shuffle(XY, ZW, 1, 3), 48);
    a += 16; b += 16; c += 16; d += 16; into += 64;
  }
}

/** How far a value is outside of [low, high]. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function outside(value: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmax(f32x4.sub(value, high), f32x4.sub(low, value)), f32x4.splat(0));
}

/**
 * LB_Keogh of four candidates from each point to the end (Keogh and Ratanamahatana 2005): register j is what the points from j on add at least
 * to any warped squared distance; register `length` is 0. Answers register 0.
 */
export function keoghSuffix(four: usize, upper: usize, lower: usize, suffix: usize, length: i32): v128 {
  let sum = f32x4.splat(0);
  v128.store(suffix + (<usize>length << 4), sum);
  for (let j = length - 1; j >= 0; j--) {
    const at = <usize>j << 2;
    const far = outside(v128.load(four + (at << 2)), v128.load32_splat(lower + at), v128.load32_splat(upper + at));
    sum = f32x4.add(sum, f32x4.mul(far, far));
    v128.store(suffix + (at << 2), sum);
  }
  return sum;
}

/**
 * What LB_Improved adds to LB_Keogh (Lemire 2009): the query's distance to the envelope of the candidate's projection onto the query's envelope.
 * `scratch` holds 3 x (length + 2 radius + 1) registers. Greatest and least of a sliding window by van Herk's blocks.
 */
export function improvement(four: usize, query: usize, upper: usize, lower: usize, scratch: usize, length: i32, radius: i32): v128 {
  const width = 2 * radius + 1;
  const padded = length + 2 * radius;
  const projected = scratch;
  const greatest = projected + (<usize>(padded + 1) << 4);
  const least = greatest + (<usize>(padded + 1) << 4);
  project(four, upper, lower, projected, length, radius);
  // Running extremes from the end of each block backwards.
  let high = f32x4.splat(0), low = high;
  for (let i = padded - 1, inBlock = padded % width; i >= 0; i--) {
    inBlock = inBlock == 0 ? width - 1 : inBlock - 1;
    const value = v128.load(projected + (<usize>i << 4));
    const fresh = inBlock == width - 1 || i == padded - 1;
    high = fresh ? value : f32x4.pmax(high, value);
    low = fresh ? value : f32x4.pmin(low, value);
    v128.store(greatest + (<usize>i << 4), high);
    v128.store(least + (<usize>i << 4), low);
  }
  // And forwards: the window of a point is the end of one block and the beginning of the next.
  let sum = f32x4.splat(0);
  for (let i = 0, inBlock = 0; i < padded; i++) {
    const value = v128.load(projected + (<usize>i << 4));
    high = inBlock == 0 ? value : f32x4.pmax(high, value);
    low = inBlock == 0 ? value : f32x4.pmin(low, value);
    inBlock = inBlock == width - 1 ? 0 : inBlock + 1;
    const first = i - width + 1;
    if (first < 0) continue;
    const from = <usize>first << 4;
    const far = outside(v128.load32_splat(query + (<usize>first << 2)), f32x4.pmin(low, v128.load(least + from)), f32x4.pmax(high, v128.load(greatest + from)));
    sum = f32x4.add(sum, f32x4.mul(far, far));
  }
  return sum;
}

/** The candidates clamped into the query's envelope, their first and last point repeated `radius` times: a window never needs less than these. */
function project(four: usize, upper: usize, lower: usize, into: usize, length: i32, radius: i32): void {
  let at = into + (<usize>radius << 4);
  for (let j = 0; j < length; j++) {
    const point = <usize>j << 2;
    const value = v128.load(four + (point << 2));
    v128.store(at, f32x4.pmax(f32x4.pmin(value, v128.load32_splat(upper + point)), v128.load32_splat(lower + point)));
    at += 16;
  }
  const first = v128.load(into + (<usize>radius << 4));
  const last = v128.load(into + (<usize>(radius + length - 1) << 4));
  for (let j = 0; j < radius; j++) {
    v128.store(into + (<usize>j << 4), first);
    v128.store(into + (<usize>(radius + length + j) << 4), last);
  }
}

/** (a - b)^2 */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function square(a: v128, b: v128): v128 {
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

/** Rows between two looks at whether all four are certain to be above the limit. */
// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
const rowsUnchecked: i32 = 8;

/**
 * Squared DTW of the query with four candidates within |i - j| <= radius (Sakoe and Chiba 1978); all infinite once each of them is certain to be above
 * the limit: the least cell of a row, and what the points no row has reached yet add at least (`suffix`, see `keoghSuffix`).
 *
 * Two rows of the matrix at a time, the second one column behind the first: two chains of additions that do not wait for each other.
 * `cells` holds length + 2 registers.
 */
export function warp(four: usize, query: usize, suffix: usize, cells: usize, length: i32, radius: i32, limit: f32): v128 {
  for (let j = 0; j <= length + 1; j++) v128.store(cells + (<usize>j << 4), infinite());
  // Column j of the last row done is the register at row + 16 j; the one before column 0 stays out of reach once the first row is through.
  const row = cells + 16;
  v128.store(cells, f32x4.splat(0));
  const last = length - 1;
  let i = 0;
  for (; i < last; i += 2) {
    twoRows(four, query + (<usize>i << 2), row, i, radius, last);
    if (i == 0) v128.store(cells, infinite());
    if ((i & (rowsUnchecked - 2)) == 0 && aboveLimit(row, suffix, i + 1, radius, last, limit)) return infinite();
  }
  if (i == last) oneRow(four, query + (<usize>i << 2), row, i, radius, last);
  return v128.load(row + (<usize>last << 4));
}

// @ts-ignore: AssemblyScript's decorator; TypeScript has none on functions
@inline
function twoRows(four: usize, query: usize, row: usize, i: i32, radius: i32, last: i32): void {
  const low = max(0, i - radius), high = min(last, i + radius);
  const lowBelow = max(0, i + 1 - radius), highBelow = min(last, i + 1 + radius);
  const here = v128.load32_splat(query), below = v128.load32_splat(query, 4);
  let diagonal = v128.load(row + (<usize>low << 4) - 16);
  let left = infinite(), before = infinite(), leftBelow = infinite();
  let j = low;
  // The first row alone, until the second has a column behind it.
  for (; j <= min(lowBelow, high); j++) {
    const up = v128.load(row + (<usize>j << 4));
    before = left;
    left = f32x4.add(square(here, v128.load(four + (<usize>j << 4))), f32x4.pmin(f32x4.pmin(diagonal, up), left));
    diagonal = up;
  }
  let at = row + (<usize>j << 4), value = four + (<usize>j << 4);
  let behind = v128.load(value - 16);
  for (const end = row + (<usize>high << 4); at <= end; at += 16, value += 16) {
    const up = v128.load(at);
    const now = v128.load(value);
    const next = f32x4.add(square(here, now), f32x4.pmin(f32x4.pmin(diagonal, up), left));
    leftBelow = f32x4.add(square(below, behind), f32x4.pmin(f32x4.pmin(before, left), leftBelow));
    v128.store(at - 16, leftBelow);
    diagonal = up;
    behind = now;
    before = left;
    left = next;
  }
  // The second row to its end.
  if (high >= lowBelow) {
    leftBelow = f32x4.add(square(below, v128.load(four + (<usize>high << 4))), f32x4.pmin(f32x4.pmin(before, left), leftBelow));
    v128.store(row + (<usize>high << 4), leftBelow);
  }
  if (highBelow > high) {
    v128.store(row + (<usize>highBelow << 4), f32x4.add(square(below, v128.load(four + (<usize>highBelow << 4))), f32x4.pmin(left, leftBelow)));
  }
}

function oneRow(four: usize, query: usize, row: usize, i: i32, radius: i32, last: i32): void {
  const low = max(0, i - radius), high = min(last, i + radius);
  const here = v128.load32_splat(query);
  let diagonal = v128.load(row + (<usize>low << 4) - 16), left = infinite();
  for (let j = low; j <= high; j++) {
    const at = <usize>j << 4;
    const up = v128.load(row + at);
    left = f32x4.add(square(here, v128.load(four + at)), f32x4.pmin(f32x4.pmin(diagonal, up), left));
    v128.store(row + at, left);
    diagonal = up;
  }
}

function aboveLimit(row: usize, suffix: usize, i: i32, radius: i32, last: i32, limit: f32): bool {
  const low = max(0, i - radius), high = min(last, i + radius);
  let least = infinite(), other = infinite();
  const end = row + (<usize>high << 4);
  let at = row + (<usize>low << 4);
  for (; at < end; at += 32) {
    least = f32x4.pmin(least, v128.load(at));
    other = f32x4.pmin(other, v128.load(at, 16));
  }
  if (at == end) least = f32x4.pmin(least, v128.load(at));
  const sum = f32x4.add(f32x4.pmin(least, other), v128.load(suffix + (<usize>(high + 1) << 4)));
  return v128.any_true(f32x4.le(sum, f32x4.splat(limit))) == false;
}
