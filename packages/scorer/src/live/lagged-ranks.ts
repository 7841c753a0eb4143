import { fastDtw, normaliseCurve, searchDtw, smooth } from '@skylark/algorithms';
import type { LagQuery, ShapeRings } from '@skylark/algorithms';
import type { Freedom, SearchPlan } from '../search-plan.js';

/** Where a query meets a series best, one way up. */
interface Meeting {
  /** Mean squared. */
  readonly distance: number;
  readonly query: Float64Array;
  /** The place in the series' values of the first point that meets. */
  readonly at: number;
  readonly sign: 1 | -1;
}

/** Of a part of the query, normalised, and as many values from a place on, normalised as well: the sum of the squares of both, and of their products. Null where the values are flat. */
type Measure = (own: Float64Array, at: number) => { readonly squares: number; readonly product: number } | null;

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
    const values = smooth(held.values, query.smoothing);
    const meetings = nearest(held.first, values).slice(0, query.mirrored ? 2 : 1).sort((a, b) => (a?.distance ?? Infinity) - (b?.distance ?? Infinity));
    return meetings.reduce((least, meeting) => Math.min(least, byMethod(meeting, values, least)), Infinity);
  };

  /** Upright and upside down. */
  function nearest(first: number, values: Float64Array): [Meeting | null, Meeting | null] {
    const best: [Meeting | null, Meeting | null] = [null, null];
    const measure = query.normalisation === 'both' ? byRunningSums(values) : byNormalising(values, normal);
    for (let shift = from; shift <= to; shift += 1) {
      const [begin, end] = [Math.max(0, first - query.first - shift), Math.min(query.columns[0]!.length, first + values.length - query.first - shift)];
      if (end - begin < query.leastOverlap || end < query.coveredTo) continue;
      const at = query.first + shift + begin - first;
      for (const own of ownParts(begin, end)) {
        const sums = measure(own, at);
        for (const [side, sign] of sums === null ? [] : sides.entries()) {
          const distance = (sums!.squares - 2 * sign * sums!.product) / own.length;
          if (distance < (best[side]?.distance ?? Infinity)) best[side] = { distance, query: own, at, sign };
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

  /** Per point: of those that meet there are more or fewer. Infinity when it is certain to be above the limit. */
  function byMethod(meeting: Meeting | null, all: Float64Array, limit: number): number {
    if (meeting === null) return Infinity;
    const { distance, sign, at } = meeting;
    if (plan.method === 'euclidean' || (plan.method === 'dtw' && !plan.freedom.ignore.has('stretching'))) return Math.sqrt(Math.max(0, distance));
    const values = normal(all.subarray(at, at + meeting.query.length));
    if (values === null) return Infinity;
    const side = sign === 1 ? meeting.query : meeting.query.map((value) => -value);
    return plan.method === 'fastdtw' ? fastDtw(side, values, plan.radius).distance / side.length : searchDtw(side, values, { band: plan.band, abandonAbove: limit * Math.sqrt(side.length) }) / Math.sqrt(side.length);
  }
}

function byNormalising(values: Float64Array, normal: (curve: Float64Array) => Float64Array | null): Measure {
  return (own, at) => {
    const met = normal(values.subarray(at, at + own.length));
    return met === null ? null : { squares: productOf(own, own, 0) + productOf(met, met, 0), product: productOf(own, met, 0) };
  };
}

/** A spread that running sums make out to be below this part of all squares is nothing but rounding. */
const flatBelow = 1e-9;

/** Z-normalised, which takes no more than the sums of the values and of their squares, because the query's own part has the mean 0. */
function byRunningSums(values: Float64Array): Measure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const [sums, squares] = [new Float64Array(values.length + 1), new Float64Array(values.length + 1)];
  for (let i = 0; i < values.length; i += 1) {
    sums[i + 1] = sums[i]! + centred[i]!;
    squares[i + 1] = squares[i]! + centred[i]! ** 2;
  }
  return (own, at) => {
    const count = own.length;
    const spread = squares[at + count]! - squares[at]! - (sums[at + count]! - sums[at]!) ** 2 / count;
    if (!(spread > flatBelow * squares[values.length]!)) return null;
    return { squares: 2 * count, product: productOf(own, centred, at) * Math.sqrt(count / spread) };
  };
}

function productOf(own: Float64Array, values: Float64Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < own.length; i += 1) sum += own[i]! * values[at + i]!;
  return sum;
}
