import { SkylarkError } from '@skylark/core';
import { fingerprint } from '../shape/fingerprint.js';
import { dtw } from './dtw.js';
import { euclidean } from './euclidean.js';
import { fastDtw } from './fast-dtw.js';
import { resampleEven } from './resample.js';
import { bandRadius, searchDtw } from './search-dtw.js';
import { zNormalise } from './z-normalise.js';

/** One line of `skylark distance`. */
export interface DistanceReport {
  /** null when the lengths differ. */
  readonly euclidean: number | null;
  readonly dtw: number;
  /** By radius. */
  readonly fastdtw: Readonly<Record<string, { readonly distance: number; readonly pathLength: number }>>;
  readonly fingerprintOfA: string;
  readonly fingerprintOfB: string;
  /** Search's dtw with the longer length; only with `znormalize`. */
  readonly dtwBanded?: number;
}

export interface DistanceReportOptions {
  /** Of FastDTW, in points; default [1]. */
  readonly radii?: readonly number[];
  /** A fraction of the longer length: limits `dtw`, and is the band of `dtwBanded` (default 0.1). */
  readonly band?: number;
  readonly znormalize?: boolean;
}

/**
 * All distances and the fingerprints of one pair of curves, on raw values unless told to z-normalise (a constant curve becomes zeros).
 *
 * @throws SkylarkError `bad-request`, naming the curve and the index, for what is no list of finite numbers
 */
export function distanceReport(pair: { readonly a: readonly number[]; readonly b: readonly number[] }, options: DistanceReportOptions = {}): DistanceReport {
  const { radii = [1], band, znormalize = false } = options;
  if (band !== undefined && !(band >= 0 && band <= 1)) throw new SkylarkError('bad-request', `band ${band} is no fraction from 0 to 1`);
  const prepare = (name: string, curve: readonly number[]): Float64Array => {
    const values = columnOf(name, curve);
    return znormalize ? zNormalise(values) ?? new Float64Array(values.length) : values;
  };
  const a = prepare('a', pair.a);
  const b = prepare('b', pair.b);
  const longer = Math.max(a.length, b.length);
  return {
    euclidean: a.length === b.length ? euclidean(a, b) : null,
    dtw: dtw(a, b, band === undefined ? {} : { band: bandRadius(band, longer) }),
    fastdtw: Object.fromEntries(radii.map((radius) => {
      const { distance, path } = fastDtw(a, b, radius);
      return [String(radius), { distance, pathLength: path.length }];
    })),
    fingerprintOfA: fingerprint(a),
    fingerprintOfB: fingerprint(b),
    ...(znormalize && { dtwBanded: bandedDistance(a, b, longer, band ?? 0.1) }),
  };
}

function bandedDistance(a: Float64Array, b: Float64Array, length: number, band: number): number {
  const [pointsA, pointsB] = [a, b].map((values) => zNormalise(resampleEven(values, length)) ?? new Float64Array(length));
  return searchDtw(pointsA!, pointsB!, { band });
}

function columnOf(name: string, curve: readonly number[]): Float64Array {
  if (!Array.isArray(curve) || curve.length === 0) throw new SkylarkError('bad-request', `${name} must be a list of at least one number`);
  const bad = curve.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (bad >= 0) throw new SkylarkError('bad-request', `${name}[${bad}] is no finite number`);
  return Float64Array.from(curve);
}
