import { fastDtw, normaliseCurve, searchDtw, smooth } from '@skylark/algorithms';
import type { LagQuery, ShapeRings } from '@skylark/algorithms';
import type { Freedom, SearchPlan } from '../search-plan.js';

/** Where a query meets a series best. */
interface Meeting {
  readonly distance: number;
  readonly query: Float64Array;
  readonly values: Float64Array;
}

/**
 * Ranks a shortlist by the search's own method, at the index' resolution: each series at the shift within the lag where it comes nearest by Euclid, as the exact comparison will place it, over the
 * points that meet there. Infinity for one that meets the query at no such shift.
 *
 * @param lag shifts the search allows, in steps
 */
export function createLaggedRanks(query: LagQuery, plan: SearchPlan & { readonly freedom: Freedom }, { rings, lag }: { rings: ShapeRings; lag: number }): (id: number) => number {
  const [from, to] = [Math.max(query.shiftFrom, -lag), Math.min(query.shiftTo, lag)];
  const normal = (curve: Float64Array): Float64Array | null => normaliseCurve(curve, null, query.normalisation);

  return (id) => {
    const held = rings.stretch(id, query.oldest, query.newest);
    if (held === null) return Infinity;
    const values = smooth(held.values, query.smoothing);
    // Each way up by itself: what warps may turn their order round.
    const sides: readonly (1 | -1)[] = query.mirrored ? [1, -1] : [1];
    return Math.min(...sides.map((sign) => byMethod(nearest(held.first, values, sign))));
  };

  function nearest(first: number, values: Float64Array, sign: 1 | -1): Meeting | null {
    let best: Meeting | null = null;
    for (let shift = from; shift <= to; shift += 1) {
      const [begin, end] = [Math.max(0, first - query.first - shift), Math.min(query.columns[0]!.length, first + values.length - query.first - shift)];
      if (end - begin < query.leastOverlap || end < query.coveredTo) continue;
      const at = query.first + shift + begin - first;
      const met = normal(values.subarray(at, at + end - begin));
      if (met === null) continue;
      for (const column of query.columns) {
        const own = normal(column.subarray(begin, end))?.map((value) => sign * value);
        const distance = own === undefined ? Infinity : meanSquare(own, met);
        if (own !== undefined && distance < (best?.distance ?? Infinity)) best = { distance, query: own, values: met };
      }
    }
    return best;
  }

  /** Per point: of those that meet there are more or fewer. */
  function byMethod(meeting: Meeting | null): number {
    if (meeting === null) return Infinity;
    const { distance, query: side, values } = meeting;
    if (plan.method === 'fastdtw') return fastDtw(side, values, plan.radius).distance / side.length;
    if (plan.method === 'euclidean' || !plan.freedom.ignore.has('stretching')) return Math.sqrt(distance);
    return searchDtw(side, values, { band: plan.band }) / Math.sqrt(side.length);
  }
}

function meanSquare(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}
