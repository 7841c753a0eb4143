import { createSlider, resample, resampleEven, type Slider, smooth } from '@skylark/algorithms';
import type { Window } from '@skylark/core';
import type { Freedom, SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';
import { createFreedomComparer, type FreedomComparer, normalisationOf, smoothingWidth } from './freedom-comparer.js';
import { onGrid } from './on-grid.js';

/** Where a query fits best into a series. */
export interface Placement {
  readonly distance: number;
  /** Times of its first and last point there. */
  readonly from: number;
  readonly until: number;
  /** As many points as the query has, in the series' own unit. */
  readonly points: Float64Array;
  readonly sign: 1 | -1;
}

export interface Aligner {
  /** What must be read of a live series. */
  readonly window: Window;
  readonly comparer: FreedomComparer;
  /** The best place in a live series; null where it does not cover one, or is flat there. */
  place(timestamps: Float64Array, values: Float64Array): Placement | null;
  /** The best place in a kept snapshot, which has times of its own: as a whole, or anywhere in it. */
  placeKept(timestamps: Float64Array, values: Float64Array): Placement | null;
}

const daySeconds = 86_400;
/** How much slower or faster a stretched shape may run; steps of a quarter, which warping bridges. */
const speeds = [0.5, 0.63, 0.8, 1, 1.25, 1.6, 2];
/** Longest grid of one series: longer horizons of a short query are cut to their newest part. */
const mostGridPoints = 65_536;

interface Variant {
  readonly slider: Slider;
}

interface Place {
  readonly offset: number;
  readonly points: number;
  readonly sign: 1 | -1;
}

/**
 * Finds where a query fits best into a series: shifted by at most the lag, anywhere in a day, upside down, or at another speed.
 *
 * At each speed and either way up, the place is that of the least Euclidean distance over all steps of the query's own grid (Mueen's MASS): a method
 * that warps would be as content a little beside it, and tell a wrong lag. There it is compared by the search's method. A place counts only where the series has data at both its ends.
 */
export function createAligner(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }, now: number): Aligner {
  const { freedom } = plan;
  const length = query.points.length;
  const step = (query.last - query.first) / (length - 1);
  const span = query.last - query.first;
  const comparer = createFreedomComparer(query, plan);
  const width = smoothingWidth(freedom, length);
  const variants = variantsOf(query, freedom, width);
  const window = windowOf();

  return { window, comparer, place, placeKept };

  function windowOf(): Window {
    if (freedom.anywhere) {
      const until = Math.max(plan.until ?? now, query.last);
      return { from: Math.max(0, until - Math.min(daySeconds, mostGridPoints * step)), until };
    }
    const reach = freedom.maxLagSeconds + (variants.length > 1 ? span : 0);
    return { from: Math.max(0, query.window.from - reach), until: query.window.until + reach };
  }

  function place(timestamps: Float64Array, values: Float64Array): Placement | null {
    return best(timestamps, values, query.first, (offset, points) => freedom.anywhere || mayLie(offset * step, (points - 1) * step));
  }

  /** A stretched shape holds the query's own window (shifted by at most the lag), or lies in it. */
  function mayLie(lag: number, length: number): boolean {
    const slack = freedom.maxLagSeconds + step / 2;
    const longer = length - span;
    return longer >= 0 ? lag >= -longer - slack && lag <= slack : lag >= -slack && lag <= -longer + slack;
  }

  function placeKept(timestamps: Float64Array, values: Float64Array): Placement | null {
    if (values.length < 2) return null;
    const whole = resample(timestamps, values, length);
    const [from, until] = [timestamps[0]!, timestamps[timestamps.length - 1]!];
    const signs: (1 | -1)[] = freedom.mirrored ? [1, -1] : [1];
    const placements = signs.map((sign): Placement => ({ distance: comparer.distance(whole, sign), from, until, points: whole, sign }));
    const within = freedom.anywhere ? best(timestamps, values, from, () => true) : null;
    if (within !== null) placements.push(within);
    return nearest(placements);
  }

  function best(timestamps: Float64Array, values: Float64Array, origin: number, allowed: (offset: number, points: number) => boolean): Placement | null {
    const grid = onGrid({ timestamps, values }, { origin, step });
    if (grid === null) return null;
    const curve = smooth(grid.points, width);
    const places = variants.flatMap((variant) => placesOf(variant, curve, (k) => allowed(grid.first + k, variant.slider.length)));
    return nearest(places.map(({ offset, points, sign }): Placement => {
      const from = origin + (grid.first + offset) * step;
      const stretch = resampleEven(grid.points.subarray(offset, offset + points), length);
      return { distance: comparer.distance(stretch, sign), from, until: from + (points - 1) * step, points: stretch, sign };
    }));
  }

  function placesOf({ slider }: Variant, curve: Float64Array, allowed: (k: number) => boolean): Place[] {
    if (curve.length < slider.length) return [];
    const { upright, mirrored } = slider.distances(curve);
    const sides = freedom.mirrored ? ([[1, upright], [-1, mirrored]] as const) : ([[1, upright]] as const);
    return sides.flatMap(([sign, distances]): Place[] => {
      const offset = leastOf(distances, allowed);
      return offset < 0 ? [] : [{ offset, points: slider.length, sign }];
    });
  }
}

function variantsOf({ points, counts }: ShapeQuery, freedom: Freedom, width: number): Variant[] {
  const normalisation = normalisationOf(freedom);
  return (freedom.stretches ? speeds : [1]).flatMap((speed): Variant[] => {
    const length = Math.max(2, Math.round(points.length * speed));
    const nearestPoint = (i: number): number => Math.round((i * (points.length - 1)) / (length - 1));
    const slider = createSlider(smooth(resampleEven(points, length), width), counts === undefined ? null : Uint8Array.from({ length }, (_, i) => counts[nearestPoint(i)]!), normalisation);
    return slider === null ? [] : [{ slider }];
  });
}

function nearest(placements: readonly Placement[]): Placement | null {
  let least: Placement | null = null;
  for (const placement of placements) if (placement.distance < (least?.distance ?? Infinity)) least = placement;
  return least;
}

/** The place of the least distance, -1 where none is allowed and finite. */
function leastOf(distances: Float64Array, allowed: (k: number) => boolean): number {
  let least = -1;
  for (let k = 0; k < distances.length; k += 1) if (distances[k]! < (least < 0 ? Infinity : distances[least]!) && allowed(k)) least = k;
  return least;
}
