import type { Arena } from '../kernels/arena.js';
import {
  jobAbsolute, jobBytes, jobCount, jobLength, jobLimit, jobLower, jobQuery, jobRadius, jobRelative, jobResultCount, jobSketch, jobUpper, sketchScale, sketchSegments, sketchZero,
} from '../kernels/layout.js';
import { envelope } from '../kernels/plain-scan.js';

/** A query in the shared memory, with the job that all threads read. Released when the search is over. */
export interface PreparedQuery {
  readonly job: number;
  /** Address of the shared limit, a float32. */
  readonly limit: number;
  /** Address of the number of results. */
  readonly resultCount: number;
  release(): void;
}

export interface QueryOptions {
  /** Sakoe-Chiba radius in points; 0 for Euclid. */
  readonly radius: number;
  /** How many of the nearest. */
  readonly count: number;
  /** Farther is of no interest. */
  readonly within: number;
}

/**
 * Writes a z-normalised query for the kernels: its points, its envelope, the bytes its sketch allows, and how much room single precision needs.
 *
 * Rounding (u = 2^-24): the query is off by at most u sqrt(L) a point and a column by 3 u sqrt(L), so a distance by at most e = 4 u sqrt(L) sqrt(2 L); a sum of at most
 * 2 L + 4 rounded terms is off by a factor within 1 +- (2 L + 4) u. Limits leave twice that, for both sides of a comparison are off.
 */
export function prepareQuery(arena: Arena, query: Float64Array, { radius, count, within }: QueryOptions): PreparedQuery {
  const { length } = query;
  const padded = 4 * (((length + 3) >> 2) << 2) + 16;
  const bytes = jobBytes + 64 + 3 * padded + 2 * sketchSegments;
  const job = arena.allocate(bytes);
  const [limit, resultCount, points] = [job + jobBytes, job + jobBytes + 16, job + jobBytes + 64];
  const [upper, lower, sketch] = [points + padded, points + 2 * padded, points + 3 * padded];
  const { words, floats, bytes: octets } = arena.views();
  const rounded = Float32Array.from(query);
  const { high, low } = envelope(rounded, radius);
  floats.set(rounded, points / 4);
  floats.set(high, upper / 4);
  floats.set(low, lower / 4);
  octets.set(sketchBytes(high, low), sketch);
  const relative = 1 + (2 * length + 16) * 2 ** -23;
  const absolute = 8 * 2 ** -24 * Math.sqrt(length) * Math.sqrt(2 * length);
  floats[limit / 4] = within === Infinity ? Infinity : (within * relative + absolute) ** 2;
  floats[(job + jobRelative) / 4] = relative;
  floats[(job + jobAbsolute) / 4] = absolute;
  const fields = { [jobLength]: length, [jobRadius]: radius, [jobCount]: count, [jobQuery]: points, [jobUpper]: upper, [jobLower]: lower, [jobSketch]: sketch, [jobLimit]: limit, [jobResultCount]: resultCount };
  for (const [field, value] of Object.entries(fields)) words[(job + Number(field)) / 4] = value;
  return { job, limit, resultCount, release: () => arena.release(job, bytes) };
}

/** Room for the rounding of a candidate's segment mean, in steps. */
const sketchSlack = 1e-3;

/**
 * Between which bytes a candidate's segment means cost nothing. A byte b stands for a mean from (b - 128) / 32 to the next step, so above counts from the upper
 * mean rounded up, and below from the lower one rounded down and one step less. Sum over segments of squared steps x boundUnit is at most LB_Keogh, because a mean's
 * squared distance to the mean of the envelope is at most the mean of the squared distances.
 */
function sketchBytes(high: Float32Array, low: Float32Array): Uint8Array {
  const segments = Math.min(sketchSegments, high.length);
  const bytes = new Uint8Array(2 * sketchSegments);
  bytes.fill(255, 0, sketchSegments);
  for (let segment = 0; segment < segments; segment += 1) {
    const [from, until] = [Math.floor((segment * high.length) / segments), Math.floor(((segment + 1) * high.length) / segments)];
    bytes[segment] = within(Math.ceil(sketchScale * meanOf(high, from, until) + sketchSlack) + sketchZero);
    bytes[sketchSegments + segment] = within(Math.floor(sketchScale * meanOf(low, from, until) - sketchSlack) - 1 + sketchZero);
  }
  return bytes;
}

function meanOf(values: Float32Array, from: number, until: number): number {
  let sum = 0;
  for (let i = from; i < until; i += 1) sum += values[i]!;
  return sum / (until - from);
}

function within(byte: number): number {
  return Math.max(0, Math.min(255, byte));
}
