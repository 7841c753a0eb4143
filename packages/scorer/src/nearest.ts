import type { MatchSource } from '@skylark/core';

/** Something that may be a match. */
export interface Candidate {
  readonly metric: string;
  readonly source: MatchSource;
  readonly id?: string;
  readonly from: number;
  readonly until: number;
  readonly points: Float64Array;
  readonly shape: Float64Array;
  /** How much later than the query, seconds. */
  readonly lagSeconds?: number;
  readonly sign?: 1 | -1;
}

export interface Ranked {
  readonly candidate: Candidate;
  readonly distance: number;
}

/** Ascending by distance; ties by name, then live before anomalies, then by id: a total order, so that pages never overlap. */
export function byDistance(a: Ranked, b: Ranked): number {
  if (a.distance !== b.distance) return a.distance - b.distance;
  const [left, right] = [a.candidate, b.candidate];
  return order(left.metric, right.metric) || order(right.source, left.source) || order(left.id ?? '', right.id ?? '');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The nearest so many of whatever is offered, in any order. */
export interface Nearest {
  /** Farther than this is certainly not among them; at exactly this distance names decide. */
  readonly limit: number;
  offer(ranked: Ranked): void;
  sorted(): readonly Ranked[];
}

export function createNearest(count: number): Nearest {
  const kept: Ranked[] = [];
  const placeOf = (ranked: Ranked): number => {
    let low = 0;
    for (let high = kept.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (byDistance(kept[middle]!, ranked) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    get limit() {
      return kept.length < count ? Infinity : kept[count - 1]?.distance ?? -Infinity;
    },
    offer(ranked) {
      kept.splice(placeOf(ranked), 0, ranked);
      if (kept.length > count) kept.pop();
    },
    sorted: () => kept,
  };
}
