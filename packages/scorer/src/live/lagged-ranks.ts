import { fastDtw, normaliseCurve, searchDtw, smooth } from '@skylark/algorithms';
import type { LagQuery, ShapeRings } from '@skylark/algorithms';
import type { Freedom, SearchPlan } from '../search-plan.js';

/** Where a query meets a series best, one way up. */
interface Meeting {
  /** Mean squared. */
  readonly distance: number;
  readonly query: Float64Array;
  readonly values: Float64Array;
  readonly sign: 1 | -1;
}

const sides = [1, -1] as const;

/**
 * Ranks a shortlist by the search's own method, at the index' resolution: each series at the shift within the lag where it comes nearest by Euclid, as the exact comparison will place it, over the
 * points that meet there. Infinity for one that meets the query at no such shift.
 *
 * @param lag shifts the search allows, in steps
 */
export function createLaggedRanks(query: LagQuery, plan: SearchPlan & { readonly freedom: Freedom }, { rings, lag }: { rings: ShapeRings; lag: number }): (id: number) => number {
  const [from, to] = [Math.max(query.shiftFrom, -lag), Math.min(query.shiftTo, lag)];
  const normal = (curve: Float64Array): Float64Array | null => normaliseCurve(curve, null, query.normalisation);
  const parts = new Map<string, readonly Float64Array[]>();

  return (id) => {
    const held = rings.stretch(id, query.oldest, query.newest);
    if (held === null) return Infinity;
    // Each way up by itself: what warps may turn their order round.
    const [upright, mirrored] = nearest(held.first, smooth(held.values, query.smoothing));
    return Math.min(byMethod(upright), query.mirrored ? byMethod(mirrored) : Infinity);
  };

  /** Upright and upside down. */
  function nearest(first: number, values: Float64Array): [Meeting | null, Meeting | null] {
    const best: [Meeting | null, Meeting | null] = [null, null];
    for (let shift = from; shift <= to; shift += 1) {
      const [begin, end] = [Math.max(0, first - query.first - shift), Math.min(query.columns[0]!.length, first + values.length - query.first - shift)];
      if (end - begin < query.leastOverlap || end < query.coveredTo) continue;
      const at = query.first + shift + begin - first;
      const met = normal(values.subarray(at, at + end - begin));
      for (const own of met === null ? [] : ownParts(begin, end)) {
        const { squares, product } = sums(own, met!);
        for (const [side, sign] of sides.entries()) {
          const distance = (squares - 2 * sign * product) / own.length;
          if (distance < (best[side]?.distance ?? Infinity)) best[side] = { distance, query: own, values: met!, sign };
        }
      }
    }
    return best;
  }

  /** The query's columns between two points, normalised: most series meet it in the same places. */
  function ownParts(begin: number, end: number): readonly Float64Array[] {
    const key = `${begin} ${end}`;
    const known = parts.get(key) ?? query.columns.flatMap((column) => normal(column.slice(begin, end)) ?? []);
    parts.set(key, known);
    return known;
  }

  /** Per point: of those that meet there are more or fewer. */
  function byMethod(meeting: Meeting | null): number {
    if (meeting === null) return Infinity;
    const { distance, sign, values } = meeting;
    if (plan.method === 'euclidean' || (plan.method === 'dtw' && !plan.freedom.ignore.has('stretching'))) return Math.sqrt(Math.max(0, distance));
    const side = sign === 1 ? meeting.query : meeting.query.map((value) => -value);
    return plan.method === 'fastdtw' ? fastDtw(side, values, plan.radius).distance / side.length : searchDtw(side, values, { band: plan.band }) / Math.sqrt(side.length);
  }
}

/** Of both together, and of their products. */
function sums(a: Float64Array, b: Float64Array): { squares: number; product: number } {
  let [squares, product] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    squares += a[i]! * a[i]! + b[i]! * b[i]!;
    product += a[i]! * b[i]!;
  }
  return { squares, product };
}
