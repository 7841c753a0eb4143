import {
  jobLength, jobMask, lagEnd, lagFirst, lagFrom, lagLeast, lagMean, lagMirrored, lagNewest, lagOldest, lagPhases, lagPoints, lagQuery, lagScale, lagScores, lagShifts, lagSums,
  lagTaken, lagWidth, seriesPerPage, takenHeight, takenLevel,
} from './layout.js';
import type { MemoryViews } from './memory-views.js';
import { pageLayout } from './page-layout.js';
import type { PageLayout } from './page-layout.js';
import { ringStretch } from './plain-column.js';

/** A spread below this part of its mean, less the base, or below that part of its base, is rounding noise, not a shape. */
const flatBelow = 1e-7;
const flatBelowBase = 1e-12;
/** A spread below this part of the largest mean square that was met beside it is nothing but rounding. */
const flatBeside = 1e-9;

/** The query's points, sampled at one part of a step. */
interface QueryColumn {
  readonly points: Float64Array;
  /** Of the first 0, 1, ... points, and of their squares. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** A lag job as numbers. */
interface LagJob {
  readonly layout: PageLayout;
  readonly points: number;
  readonly phases: readonly QueryColumn[];
  readonly first: number;
  readonly oldest: number;
  readonly newest: number;
  readonly from: number;
  readonly shifts: number;
  readonly least: number;
  readonly end: number;
  readonly taken: number;
  readonly mirrored: boolean;
  readonly width: number;
  readonly mean: number;
  readonly scale: number;
}

/** `lagPage` of the kernels, from its definition. */
export function lagPage(views: MemoryViews, job: number, page: number, first: number): number {
  const { words, bytes, floats } = views;
  const read = readJob(views, job);
  const mask = words[(job + jobMask) / 4]! + first;
  const scores = words[(job + lagScores) / 4]! / 4 + first;
  let candidates = 0;
  for (let series = 0; series < seriesPerPage; series += 1) {
    const score = bytes[mask + series] === 0 ? bestShift(views, read, { page, series }) : Infinity;
    floats[scores + series] = score;
    if (floats[scores + series]! < Infinity) candidates += 1;
  }
  return candidates;
}

function readJob({ ints, words, floats, doubles }: MemoryViews, job: number): LagJob {
  const int = (field: number): number => ints[(job + field) / 4]!;
  const points = int(lagPoints);
  const stride = 4 * ((points + 3) >> 2);
  const query = words[(job + lagQuery) / 4]! / 4;
  const sums = words[(job + lagSums) / 4]! / 8;
  return {
    layout: pageLayout(int(jobLength)), points,
    phases: Array.from({ length: int(lagPhases) }, (_, phase) => queryColumn(floats.subarray(query + phase * stride, query + phase * stride + points), doubles.subarray(sums + 2 * phase * (points + 1)))),
    first: int(lagFirst), oldest: int(lagOldest), newest: int(lagNewest), from: int(lagFrom), shifts: int(lagShifts), least: int(lagLeast), end: int(lagEnd),
    taken: int(lagTaken), mirrored: int(lagMirrored) !== 0, width: int(lagWidth), mean: doubles[(job + lagMean) / 8]!, scale: doubles[(job + lagScale) / 8]!,
  };
}

/** Copies: views of shared memory are slow to read again and again. */
function queryColumn(points: Float32Array, sums: Float64Array): QueryColumn {
  const count = points.length + 1;
  return { points: Float64Array.from(points), sums: sums.slice(0, count), squares: sums.slice(count, 2 * count) };
}

/** What a ring holds of a stretch: values less `mean`, from the instant `first` on. */
interface Stretch {
  readonly first: number;
  readonly values: Float64Array;
  readonly mean: number;
}

function bestShift(views: MemoryViews, job: LagJob, place: { page: number; series: number }): number {
  const stretch = stretchOf(views, job, place);
  if (stretch === null) return Infinity;
  let [best, largest] = [Infinity, 0];
  for (let shift = job.from + job.shifts - 1; shift >= job.from; shift -= 1) {
    // Points of the query that meet a value.
    const from = Math.max(0, stretch.first - job.first - shift);
    const until = Math.min(job.points, stretch.first + stretch.values.length - job.first - shift);
    if (until - from < job.least || until < job.end) continue;
    const met = { values: stretch.values, first: job.first + shift - stretch.first, from, until };
    const [b, bb] = sumsOf(stretch.values, met.first + from, met.first + until);
    largest = Math.max(largest, bb);
    for (const { points, sums, squares } of job.phases) {
      const own = { a: sums[until]! - sums[from]!, aa: squares[until]! - squares[from]! };
      best = Math.min(best, meanSquare(job, { meet: until - from, a: own.a, aa: own.aa, b, bb, ab: productOf(points, met) }, { mean: stretch.mean, largest }));
    }
  }
  return Math.sqrt(best);
}

function sumsOf(values: Float64Array, from: number, until: number): readonly [number, number] {
  let [sum, squares] = [0, 0];
  for (let i = from; i < until; i += 1) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  return [sum, squares];
}

function productOf(points: Float64Array, { values, first, from, until }: { values: Float64Array; first: number; from: number; until: number }): number {
  let sum = 0;
  for (let i = from; i < until; i += 1) sum += points[i]! * values[first + i]!;
  return sum;
}

/** The values of a ring that are looked at: gaps bridged, less their mean at shift 0, smoothed. Null where it has too few, or is flat. */
function stretchOf(views: MemoryViews, job: LagJob, { page, series }: { page: number; series: number }): Stretch | null {
  const held = ringStretch(views, job.layout, { page, series, oldest: job.oldest, newest: job.newest });
  if (held === null || held.values.length < job.least) return null;
  const { first, values } = held;
  const base = views.doubles[(page + job.layout.bases) / 8 + series]!;
  const own = values.subarray(Math.max(0, job.first - first), Math.max(0, job.first + job.points - first));
  const measured = own.length < 2 ? values : own;
  const mean = meanOf(measured);
  const spread = Math.sqrt(meanOf(measured.map((value) => (value - mean) ** 2)));
  if (job.taken === (takenLevel | takenHeight) && !(spread > Math.max(flatBelow * Math.abs(mean), flatBelowBase * Math.abs(base)))) return null;
  return { first, values: smoothed(values.map((value) => value - mean), job.width), mean: mean + base };
}

function smoothed(values: Float64Array, width: number): Float64Array {
  const reach = width >> 1;
  return reach === 0 ? values : values.map((_, i) => meanOf(values.subarray(Math.max(0, i - reach), i + reach + 1)));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Over what meets: of the query's points `a`, of the values less their mean `b`, of both. */
interface Sums {
  readonly meet: number;
  readonly a: number;
  readonly aa: number;
  readonly b: number;
  readonly bb: number;
  readonly ab: number;
}

/** Mean squared distance of the query's points and the values they meet, both without what is taken out; of the query upside down, if that is nearer and asked for. */
function meanSquare({ taken, mirrored, mean: queryMean, scale }: LagJob, { meet, a, aa, b, bb, ab }: Sums, { mean, largest }: { mean: number; largest: number }): number {
  const spread = aa - (a * a) / meet;
  const other = bb - (b * b) / meet;
  const sided = (common: number): number => (mirrored ? Math.abs(common) : common);
  const common = ab - (a * b) / meet;
  if (taken === (takenLevel | takenHeight)) return spread > flatBeside * aa && other > flatBeside * largest ? Math.max(0, 2 - (2 * sided(common)) / Math.sqrt(spread * other)) : Infinity;
  const squares = spread * scale * scale + other;
  if (taken === takenLevel) return Math.max(0, (squares - 2 * scale * sided(common)) / meet);
  const [level, otherLevel] = [queryMean + (scale * a) / meet, mean + b / meet];
  if (taken === takenHeight) {
    const height = Math.sqrt(((spread * scale * scale) / meet + level * level) * (other / meet + otherLevel * otherLevel));
    return height > 0 ? Math.max(0, 2 - (2 * sided((scale * common) / meet + level * otherLevel)) / height) : Infinity;
  }
  const away = (sign: 1 | -1): number => Math.max(0, (squares - 2 * sign * scale * common) / meet + (level - sign * otherLevel) ** 2);
  return mirrored ? Math.min(away(1), away(-1)) : away(1);
}
