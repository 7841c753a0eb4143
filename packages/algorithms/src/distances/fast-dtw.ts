import { checkCurves } from './dtw.js';
import { project, widened } from './fast-dtw-window.js';
import { fullWindow, warpWithin } from './warp.js';
import type { Warping } from './warp.js';

/**
 * FastDTW as published (Salvador and Chan 2007, the reference classes' ties included), cost |a - b|, no normalisation inside.
 *
 * Approximate: never below `dtw`, above it where the coarse path leads astray; a larger radius helps. Offered for those who know it from
 * Oculus; exact banded DTW is usually faster and is the default (Wu and Keogh, arXiv 2003.11246). Not what Oculus itself computes:
 * its coarse levels hold no values (docs/adr/003-published-fastdtw.md).
 *
 * @param a at least one finite value
 * @param b likewise; lengths may differ
 * @param radius cells by which the projected path is widened, a whole number; 0: not at all
 * @throws SkylarkError `bad-request` for an empty curve or a radius that is none
 * @example fastDtw(Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1, 0), 1).distance // 0
 */
export function fastDtw(a: Float64Array, b: Float64Array, radius: number): Warping {
  checkCurves(a, b, radius);
  return fastDtwBy(a, b, radius, averageOf);
}

/** The value of a coarse point from the fine ones it stands for. */
export type Shrinking = (values: Float64Array, from: number, until: number) => number;

/** FastDTW with the averaging as a parameter, so that Oculus' defect can be reproduced in a test. */
export function fastDtwBy(a: Float64Array, b: Float64Array, radius: number, shrinking: Shrinking): Warping {
  if (a.length <= radius + 2 || b.length <= radius + 2) return warpWithin(a, b, fullWindow(a.length, b.length), 'absolute');
  const coarseA = shrink(a, shrinking);
  const coarseB = shrink(b, shrinking);
  const { path } = fastDtwBy(coarseA.values, coarseB.values, radius, shrinking);
  const projected = project(path, coarseA.ends, coarseB.ends);
  return warpWithin(a, b, widened(projected, b.length, radius), 'absolute');
}

function averageOf(values: Float64Array, from: number, until: number): number {
  let sum = 0;
  for (let i = from; i < until; i += 1) sum += values[i]!;
  return sum / (until - from);
}

interface Coarse {
  readonly values: Float64Array;
  /** Block k holds the fine points from ends[k - 1] (0 for the first) up to ends[k]. */
  readonly ends: Int32Array;
}

/** Half as many points, rounded down. */
function shrink(values: Float64Array, shrinking: Shrinking): Coarse {
  const length = values.length >> 1;
  const ends = Int32Array.from({ length }, (_, k) => Math.floor((values.length / length) * (k + 1) + 0.5));
  return { ends, values: Float64Array.from(ends, (end, k) => shrinking(values, k === 0 ? 0 : ends[k - 1]!, end)) };
}
