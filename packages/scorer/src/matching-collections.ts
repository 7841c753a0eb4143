import type { Collection, CollectionStore } from '@skylark/core';
import { createComparer } from './comparer.js';
import { byDistance, type Ranked } from './nearest.js';
import type { SearchPlan } from './search-plan.js';
import { shapeOf, type ShapeQuery } from './shape-query.js';

/** As alike as two curves of noise never are, per point of z-normalised curves: above it nothing is said to have been seen before. */
export const alikeWithin = 0.75;
const collectionsAtOnce = 50;

/**
 * The saved investigations that hold a series alike, nearest first; of each its nearest series. Compared as a whole, by the method of the search.
 * There are as many of them as people have saved by hand, so all are read.
 */
export async function matchingCollections(collections: Pick<CollectionStore, 'list'>, query: ShapeQuery, plan: SearchPlan): Promise<Ranked[]> {
  const comparer = createComparer(query.shape, plan);
  const limit = alikeWithin * Math.sqrt(query.shape.length);
  const ranked: Ranked[] = [];
  for (let offset = 0, total = 1; offset < total; offset += collectionsAtOnce) {
    const page = await collections.list({ limit: collectionsAtOnce, offset });
    total = page.total;
    ranked.push(...page.collections.flatMap((collection) => nearestOf(collection, query, (shape) => comparer.distance(shape, limit))));
  }
  return ranked.filter(({ distance }) => distance <= limit).sort(byDistance);
}

function nearestOf({ id, series }: Collection, query: ShapeQuery, distanceOf: (shape: Float64Array) => number): Ranked[] {
  const all = series.flatMap(({ metric, timestamps, values }): Ranked[] => {
    const shaped = shapeOf(timestamps, values, query.points.length);
    if (shaped === null) return [];
    const span = { from: timestamps[0]!, until: timestamps[timestamps.length - 1]! };
    return [{ distance: distanceOf(shaped.shape), candidate: { metric, source: 'collection', id, ...span, ...shaped } }];
  });
  return all.sort(byDistance).slice(0, 1);
}
