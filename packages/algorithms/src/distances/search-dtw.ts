import { dtw, dtwPath } from './dtw.js';
import type { Warping } from './warp.js';

/** Bounds and distances add the same terms in another order: so much of a bound may be rounding. */
const slack = 1 - 1e-9;

/** The Sakoe-Chiba radius in points of a band given as a fraction of the length: r = ceil(band x L). */
export function bandRadius(band: number, length: number): number {
  return Math.ceil(band * length);
}

/**
 * DTW as search ranks by it: sqrt of the least sum of (a - b)^2 over alignments with |i - j| <= ceil(band x L). Exact.
 *
 * Both curves are expected resampled to the same length L and z-normalised; neither is done here.
 *
 * @param options band as a fraction of the length (default 0.1); Infinity is answered for distances above `abandonAbove`
 * @throws SkylarkError `bad-request` for empty curves
 * @example searchDtw(Float64Array.of(0, 0, 1, 0), Float64Array.of(0, 1, 0, 0)) // 0
 */
export function searchDtw(a: Float64Array, b: Float64Array, options: { band?: number; abandonAbove?: number } = {}): number {
  const { band = 0.1, abandonAbove = Infinity } = options;
  const distance = Math.sqrt(dtw(a, b, { band: bandRadius(band, Math.max(a.length, b.length)), cost: 'squared', abandonAbove: abandonAbove ** 2 / slack }));
  return distance > abandonAbove ? Infinity : distance;
}

/** The same with its path. */
export function searchDtwPath(a: Float64Array, b: Float64Array, band = 0.1): Warping {
  const { distance, path } = dtwPath(a, b, { band: bandRadius(band, Math.max(a.length, b.length)), cost: 'squared' });
  return { distance: Math.sqrt(distance), path };
}

/** One query prepared to be compared with many candidates of its length. Not for use by two callers at once. */
export interface DtwQuery {
  /** LB_Keogh, at most the distance (Keogh and Ratanamahatana 2005); Infinity when it is above `abandonAbove`, and so the distance is. */
  readonly bound: (candidate: Float64Array, abandonAbove: number) => number;
  /** `searchDtw`, or Infinity when it is certain to be above `abandonAbove`. */
  readonly distance: (candidate: Float64Array, abandonAbove: number) => number;
}

/**
 * Prepares a query (resampled, z-normalised) for exact banded DTW with a lower bound. Kernels in another language can take this place.
 *
 * @example const query = createDtwQuery(points, 0.1); query.bound(candidate, best) === Infinity ? skip() : query.distance(candidate, best)
 */
export function createDtwQuery(query: Float64Array, band: number): DtwQuery {
  const radius = bandRadius(band, query.length);
  const low = envelope(query, radius, Math.min);
  const high = envelope(query, radius, Math.max);
  return {
    bound(candidate, abandonAbove) {
      const limit = abandonAbove ** 2;
      let sum = 0;
      for (let i = 0; i < candidate.length; i += 1) {
        const value = candidate[i]!;
        const outside = value > high[i]! ? value - high[i]! : value < low[i]! ? low[i]! - value : 0;
        sum += outside * outside;
        if (sum * slack > limit) return Infinity;
      }
      return Math.sqrt(sum * slack);
    },
    distance: (candidate, abandonAbove) => searchDtw(query, candidate, { band, abandonAbove }),
  };
}

/** The least or greatest value within `radius` points on either side: what a point of a candidate may be aligned with. */
function envelope(values: Float64Array, radius: number, choose: (a: number, b: number) => number): Float64Array {
  return values.map((value, i) => {
    let extreme = value;
    const until = Math.min(values.length - 1, i + radius);
    for (let j = Math.max(0, i - radius); j <= until; j += 1) extreme = choose(extreme, values[j]!);
    return extreme;
  });
}
