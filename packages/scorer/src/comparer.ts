import { createDtwQuery, euclideanWithin, fastDtw, searchDtwPath } from '@skylark/algorithms';
import type { SearchMatch } from '@skylark/core';
import type { SearchPlan } from './search-plan.js';

/** One query compared by one method; shapes of its length. */
export interface Comparer {
  /** At most the distance, or Infinity when that is certain to be above the limit; null where the method has no bound. */
  readonly bound: ((shape: Float64Array, limit: number) => number) | null;
  /** The distance, or Infinity when it is certain to be above the limit. */
  readonly distance: (shape: Float64Array, limit: number) => number;
  /** Undefined for a method without warping. */
  readonly path: (shape: Float64Array) => SearchMatch['path'];
}

/** interface.md, section 4: euclidean = sqrt(sum (a-b)^2), dtw = sqrt(min sum (a-b)^2) in the band, fastdtw with |a-b|. */
export function createComparer(query: Float64Array, { method, band, radius }: Pick<SearchPlan, 'method' | 'band' | 'radius'>): Comparer {
  switch (method) {
    case 'euclidean':
      return { bound: null, distance: (shape, limit) => euclideanWithin(query, shape, limit), path: () => undefined };
    case 'fastdtw':
      return { bound: null, distance: (shape) => fastDtw(query, shape, radius).distance, path: (shape) => fastDtw(query, shape, radius).path };
    case 'dtw': {
      const { bound, distance } = createDtwQuery(query, band);
      return { bound, distance, path: (shape) => searchDtwPath(query, shape, band).path };
    }
  }
}
