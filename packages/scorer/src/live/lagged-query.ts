import { smooth } from '@skylark/algorithms';
import type { LagQuery, ShapeRings } from '@skylark/algorithms';
import { normalisationOf, smoothingWidth } from '../aligned/freedom-comparer.js';
import type { Freedom, SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';

/**
 * At every lag asked for so much of the query must meet what the index holds. Of less the best of many shifts is often chance, and what lies in the rest may be the very thing that differs;
 * of more, an anomaly's window (an hour before it and what came after) would be held for a few minutes only.
 */
export const leastCoverage = 0.7;
/** Points of a query on the index' grid below which its shape is lost between them. */
const leastPoints = 32;
/** A series whose newest value is so many steps older may still be placed at the end of the window: a minute's metric is never newer. */
const stepsMissing = 4;
/** What warps matches what is shifted by up to its band; a wider band is looked at as this part of the window. */
const widestWarp = 0.1;
/** Where few shifts are compared, as many again half a step between them: what moved by part of a step is met within a quarter of one. */
const fewShifts = 16;

/**
 * A query with freedom as the live index can look for it: its values at the instants of the rings' grid. Null where the index cannot: it holds too little of the window at some lag, the window is too short
 * for its resolution, or the search is for another speed, any time, or with points that do not count.
 *
 * @param now seconds
 */
export function laggedQuery(query: ShapeQuery, plan: SearchPlan & { readonly freedom: Freedom }, rings: ShapeRings, now: number): LagQuery | null {
  const { freedom } = plan;
  if (freedom.anywhere || freedom.stretches || query.counts !== undefined) return null;
  const { stepSeconds: step } = rings;
  const first = rings.gridAt(query.first - 1e-6) + 1;
  const last = rings.gridAt(query.last);
  const whole = last - first + 1;
  const lag = Math.ceil(freedom.maxLagSeconds / step);
  const newest = rings.gridAt(now);
  const oldest = newest - rings.slots + 1;
  const leastOverlap = Math.ceil(leastCoverage * whole);
  const covered = last - lag - Math.max(oldest, first - lag) + 1;
  if (whole < leastPoints || covered < leastOverlap || last > newest + stepsMissing) return null;
  const warp = Math.floor(warpOf(plan) * whole);
  const [shiftFrom, shiftTo] = [-Math.max(lag, warp), Math.min(Math.max(lag, warp), newest - last + stepsMissing + warp)];
  const phases = shiftTo > shiftFrom && shiftTo - shiftFrom < fewShifts ? 2 : 1;
  // Only what some shift can meet.
  const from = Math.max(first, oldest - shiftTo);
  const until = Math.min(last, newest - shiftFrom);
  const values = smooth(query.points, smoothingWidth(freedom, query.points.length));
  return {
    columns: Array.from({ length: phases }, (_, phase) => Float64Array.from({ length: until - from + 1 }, (_, i) => valueAt(query, values, rings.secondsAt(from + i) - (phase * step) / phases))),
    first: from, shiftFrom, shiftTo, oldest, newest, leastOverlap, coveredTo: last - stepsMissing - warp - from + 1,
    normalisation: normalisationOf(freedom), mirrored: freedom.mirrored, smoothing: smoothingOn(step, query, freedom),
  };
}

/** By which part of the window a method may shift by itself. */
function warpOf({ method, band, freedom }: SearchPlan & { readonly freedom: Freedom }): number {
  if (method === 'euclidean') return 0;
  if (method === 'fastdtw') return widestWarp;
  return freedom.ignore.has('stretching') ? Math.min(band, widestWarp) : 0;
}

/** On the lines between the query's points, which lie evenly from its first instant to its last. */
function valueAt({ first, last }: ShapeQuery, values: Float64Array, instant: number): number {
  const place = Math.max(0, Math.min(1, (instant - first) / (last - first))) * (values.length - 1);
  const left = Math.min(values.length - 2, Math.floor(place));
  return values[left]! + (values[left + 1]! - values[left]!) * (place - left);
}

/** The moving mean over as much time as the query's own, in points of the grid. */
function smoothingOn(step: number, { points, first, last }: ShapeQuery, freedom: Freedom): number {
  const width = smoothingWidth(freedom, points.length);
  const seconds = (width * (last - first)) / (points.length - 1);
  return width === 1 ? 1 : 2 * Math.round((seconds / step - 1) / 2) + 1;
}
