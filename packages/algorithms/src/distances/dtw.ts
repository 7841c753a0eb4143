import { SkylarkError } from '@skylark/core';
import { bandWindow, fullWindow, warpWithin } from './warp.js';
import type { PointCost, Warping } from './warp.js';

export interface DtwOptions {
  /** Sakoe-Chiba radius in points, a whole number; without it every alignment is allowed. Below the difference of the lengths it counts as that. */
  readonly band?: number;
  /** |a - b| (default) or (a - b)^2. The result is the plain sum: no root is taken. */
  readonly cost?: PointCost;
  /** Infinity is answered as soon as the distance is certain to be above this. */
  readonly abandonAbove?: number;
}

/**
 * Dynamic time warping distance: the least sum of point costs over all alignments of two curves (Sakoe and Chiba 1978). Exact.
 *
 * A sum beyond the largest double is answered as that.
 * Time grows with the product of the lengths (with a band: length times width), memory with the shorter length.
 *
 * @param a at least one finite value
 * @param b likewise; lengths may differ
 * @throws SkylarkError `bad-request` for an empty curve or a band that is no radius
 * @example dtw(Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1, 0)) // 0
 */
export function dtw(a: Float64Array, b: Float64Array, options: DtwOptions = {}): number {
  if (b.length > a.length) return dtw(b, a, options);
  checkCurves(a, b, options.band);
  const abandonAbove = options.abandonAbove ?? Infinity;
  const reach = options.band === undefined ? a.length : Math.min(a.length, Math.max(options.band, a.length - b.length));
  const distance = options.cost === 'squared' ? squaredDtw(a, b, reach, abandonAbove) : absoluteDtw(a, b, reach, abandonAbove);
  if (distance > abandonAbove) return Infinity;
  return Math.min(distance, Number.MAX_VALUE);
}

/** The same with the cheapest path; needs a byte per cell. Ties as in `warpWithin`. */
export function dtwPath(a: Float64Array, b: Float64Array, options: Omit<DtwOptions, 'abandonAbove'> = {}): Warping {
  checkCurves(a, b, options.band);
  const window = options.band === undefined ? fullWindow(a.length, b.length) : bandWindow(a.length, b.length, options.band);
  return warpWithin(a, b, window, options.cost ?? 'absolute');
}

export function checkCurves(a: Float64Array, b: Float64Array, radius = 0): void {
  if (a.length === 0 || b.length === 0) throw new SkylarkError('bad-request', 'an empty curve has no distance');
  if (!Number.isInteger(radius) || radius < 0) throw new SkylarkError('bad-request', `${radius} is no radius: a whole number of points is needed`);
}

/** One column at a time; `before[j + 1]` is the cell (i - 1, j), and `before[0]` stays out of reach. */
function absoluteDtw(a: Float64Array, b: Float64Array, reach: number, abandonAbove: number): number {
  let before = new Float64Array(b.length + 1).fill(Infinity);
  let column = new Float64Array(b.length + 1).fill(Infinity);
  before[0] = 0;
  for (let i = 0; i < a.length; i += 1) {
    const value = a[i]!;
    const low = Math.max(0, i - reach);
    const high = Math.min(b.length - 1, i + reach);
    let down = Infinity;
    let least = Infinity;
    column[low] = Infinity;
    for (let j = low; j <= high; j += 1) {
      const sum = Math.min(before[j]!, before[j + 1]!, down) + Math.abs(value - b[j]!);
      column[j + 1] = sum;
      down = sum;
      if (sum < least) least = sum;
    }
    if (high + 2 <= b.length) column[high + 2] = Infinity;
    if (least > abandonAbove) return Infinity;
    [before, column] = [column, before];
  }
  return before[b.length]!;
}

/** `absoluteDtw` with the other cost: one loop for both would pay for the choice in every cell. */
function squaredDtw(a: Float64Array, b: Float64Array, reach: number, abandonAbove: number): number {
  let before = new Float64Array(b.length + 1).fill(Infinity);
  let column = new Float64Array(b.length + 1).fill(Infinity);
  before[0] = 0;
  for (let i = 0; i < a.length; i += 1) {
    const value = a[i]!;
    const low = Math.max(0, i - reach);
    const high = Math.min(b.length - 1, i + reach);
    let down = Infinity;
    let least = Infinity;
    column[low] = Infinity;
    for (let j = low; j <= high; j += 1) {
      const difference = value - b[j]!;
      const sum = Math.min(before[j]!, before[j + 1]!, down) + difference * difference;
      column[j + 1] = sum;
      down = sum;
      if (sum < least) least = sum;
    }
    if (high + 2 <= b.length) column[high + 2] = Infinity;
    if (least > abandonAbove) return Infinity;
    [before, column] = [column, before];
  }
  return before[b.length]!;
}
