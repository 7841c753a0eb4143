import type { Normalisation } from '../alignment/normalise-curve.js';
import type { Arena } from '../kernels/arena.js';
import {
  jobLength, jobMask, jobPages, lagBytes, lagEnd, lagFirst, lagFrom, lagLeast, lagMean, lagMirrored, lagNewest, lagOldest, lagPhases, lagPoints, lagQuery, lagScale, lagScores, lagShifts,
  lagSums, lagTaken, lagWidth, takenHeight, takenLevel,
} from '../kernels/layout.js';
import type { ColumnSet } from './shape-columns.js';

/** A query that may lie earlier or later in rings, by whole steps of their grid and parts of one. */
export interface LagQuery {
  /**
   * The query's values, in its own unit, at even instants of the grid: column p of P at the instants `first`, `first + 1`, ... each p / P of a step earlier. All are as long. A ring that
   * did the same s steps and p / P later meets column p at the shift s.
   */
  readonly columns: readonly Float64Array[];
  /** The number of the first point's instant on the grid. */
  readonly first: number;
  /** Shifts compared: from so many steps later (below 0: earlier) to so many. */
  readonly shiftFrom: number;
  readonly shiftTo: number;
  /** Instants that are looked at in a ring, both included. */
  readonly oldest: number;
  readonly newest: number;
  /** Points that must meet a value, and the number of the query's points up to the last one that must. */
  readonly leastOverlap: number;
  readonly coveredTo: number;
  /** As of a curve compared whole; over the points that meet. */
  readonly normalisation: Normalisation;
  /** Also upside down. */
  readonly mirrored: boolean;
  /** Points of a moving mean that rings are smoothed by, odd; the query is the caller's to smooth. 1: not at all. */
  readonly smoothing: number;
}

/** A lag query in the shared memory. Released when the search is over. */
export interface PreparedLag {
  readonly job: number;
  release(): void;
}

export interface LagTarget {
  readonly set: ColumnSet;
  /** Addresses: a byte by id, not 0 is no candidate; and room for a float32 by id. */
  readonly mask: number;
  readonly scores: number;
}

const taken: Readonly<Record<Normalisation, number>> = { both: takenLevel | takenHeight, level: takenLevel, height: takenHeight, none: 0 };

/**
 * Writes a query for `lagPage`: its columns z-normalised as one (so that single precision is left for the shape), with running sums, from which the kernel has the sums over any
 * points that meet.
 */
export function prepareLag(arena: Arena, query: LagQuery, { set, mask, scores }: LagTarget): PreparedLag {
  const points = query.columns[0]!.length;
  const stride = 4 * (((points + 3) >> 2) << 2);
  const phases = query.columns.length;
  const bytes = lagBytes + 64 + phases * stride + 64 + 16 * phases * (points + 1);
  const job = arena.allocate(bytes);
  const columns = 64 * Math.ceil((job + lagBytes) / 64);
  const sums = 64 * Math.ceil((columns + phases * stride) / 64);
  const { words, ints, floats, doubles } = arena.views();
  const { mean, scale } = spreadOf(query.columns[0]!);
  query.columns.forEach((column, phase) => {
    const rounded = Float32Array.from(column, (value) => (value - mean) / scale);
    floats.set(rounded, (columns + phase * stride) / 4);
    doubles.set(runningSums(rounded), sums / 8 + 2 * phase * (points + 1));
  });
  const fields = {
    [jobLength]: set.layout.length, [jobPages]: set.table, [jobMask]: mask, [lagPoints]: points, [lagPhases]: phases, [lagQuery]: columns, [lagSums]: sums, [lagScores]: scores,
    [lagLeast]: query.leastOverlap, [lagEnd]: query.coveredTo, [lagTaken]: taken[query.normalisation], [lagMirrored]: query.mirrored ? 1 : 0, [lagWidth]: query.smoothing,
    [lagShifts]: query.shiftTo - query.shiftFrom + 1,
  };
  for (const [field, value] of Object.entries(fields)) words[(job + Number(field)) / 4] = value;
  // Nothing beyond what any shift can meet: the kernels' room ends there.
  const reach = { [lagFirst]: query.first, [lagFrom]: query.shiftFrom, [lagOldest]: Math.max(query.oldest, query.first + query.shiftFrom), [lagNewest]: Math.min(query.newest, query.first + points - 1 + query.shiftTo) };
  for (const [field, value] of Object.entries(reach)) ints[(job + Number(field)) / 4] = value;
  doubles[(job + lagMean) / 8] = mean;
  doubles[(job + lagScale) / 8] = scale;
  return { job, release: () => arena.release(job, bytes) };
}

function spreadOf(values: Float64Array): { mean: number; scale: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, scale: scale > 0 && Number.isFinite(scale) ? scale : 1 };
}

/** Sums of the first 0, 1, ... points, then of their squares. */
function runningSums(points: Float32Array): Float64Array {
  const sums = new Float64Array(2 * (points.length + 1));
  const squares = sums.subarray(points.length + 1);
  for (let i = 0; i < points.length; i += 1) {
    sums[i + 1] = sums[i]! + points[i]!;
    squares[i + 1] = squares[i]! + points[i]! ** 2;
  }
  return sums;
}
