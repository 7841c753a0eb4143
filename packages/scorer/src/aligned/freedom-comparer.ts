import { bandRadius, carelessDtw, fastDtw, type Normalisation, normaliseCurve, searchDtw, searchDtwPath, smooth } from '@skylark/algorithms';
import { SkylarkError } from '@skylark/core';
import type { SearchMatch } from '@skylark/core';
import type { Freedom, SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';

/** A query compared under what a search disregards: normalised, smoothed, warped only as far as allowed, with points that do not count. */
export interface FreedomComparer {
  /** Of points in the metric's own unit; Infinity where they have no shape. */
  readonly distance: (points: Float64Array, sign: 1 | -1) => number;
  /** Undefined for a method without warping. */
  readonly path: (points: Float64Array, sign: 1 | -1) => SearchMatch['path'];
}

/** What the freedom leaves of the plan. */
export function normalisationOf({ ignore }: Freedom): Normalisation {
  if (ignore.has('level')) return ignore.has('height') ? 'both' : 'level';
  return ignore.has('height') ? 'height' : 'none';
}

/** Points of a moving mean that takes noise away and leaves a shape: a sixteenth of it, odd, at least 5. */
export function smoothingWidth({ ignore }: Freedom, length: number): number {
  return ignore.has('noise') ? Math.max(5, 2 * Math.floor(length / 32) + 1) : 1;
}

/** @throws SkylarkError `flat-query` where nothing is left of the query */
export function createFreedomComparer(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }): FreedomComparer {
  const { freedom, method, radius } = plan;
  const [points, counts] = [query.points, query.counts ?? null];
  const normalisation = normalisationOf(freedom);
  const width = smoothingWidth(freedom, points.length);
  const shapeOf = (curve: Float64Array): Float64Array | null => normaliseCurve(smooth(curve, width), counts, normalisation);
  const upright = shapeOf(points);
  if (upright === null) throw new SkylarkError('flat-query', 'all values that count are the same');
  const sides = { 1: upright, [-1]: upright.map((value) => -value) };
  const band = freedom.ignore.has('stretching') ? plan.band : 0;
  const compare = (side: Float64Array, shape: Float64Array): number => {
    if (method === 'fastdtw') return fastDtw(side, shape, radius).distance;
    if (method === 'euclidean') return euclidean(side, shape);
    return counts === null ? searchDtw(side, shape, { band }) : carelessDtw(side, counts, shape, bandRadius(band, side.length));
  };
  return {
    distance(curve, sign) {
      const shape = shapeOf(curve);
      return shape === null ? Infinity : compare(sides[sign], shape);
    },
    path(curve, sign) {
      const shape = shapeOf(curve);
      if (shape === null || method === 'euclidean') return undefined;
      return method === 'fastdtw' ? fastDtw(sides[sign], shape, radius).path : searchDtwPath(sides[sign], shape, band).path;
    },
  };
}

/** Points that do not count are 0 in both. */
function euclidean(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
