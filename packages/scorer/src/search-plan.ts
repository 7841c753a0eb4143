import { compileMatcher, resample } from '@skylark/algorithms';
import { SkylarkError } from '@skylark/core';
import type { Invariance, NameMatcher, SearchMethod, SearchRequest, SearchScope } from '@skylark/core';

const mostMatches = 1000;
/** Everything before a page is held while searching. */
const deepestOffset = 10_000;
const mostExclusions = 100;
const mostPoints = 100_000;

export type QuerySource =
  | { readonly by: 'metric'; readonly metric: string }
  | { readonly by: 'anomaly'; readonly anomaly: string }
  | { readonly by: 'values'; readonly values: Float64Array; readonly counts: Uint8Array | null };

/** How freely a candidate may lie to the query; null in a plan: as it is, over the query's own window. */
export interface Freedom {
  readonly maxLagSeconds: number;
  readonly mirrored: boolean;
  /** Anywhere in the day before the end of the window. */
  readonly anywhere: boolean;
  /** Also at other speeds: `stretching` was asked for, not just left as usual. */
  readonly stretches: boolean;
  readonly ignore: ReadonlySet<Invariance>;
}

/** What a request means: checked, every default filled in. */
export interface SearchPlan {
  readonly source: QuerySource;
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly method: SearchMethod;
  readonly radius: number;
  readonly band: number;
  readonly scope: SearchScope;
  readonly excluded: NameMatcher;
  readonly limit: number;
  readonly offset: number;
  readonly explain: boolean;
  /** Given: past anomalies are found by their shape words first, with so many moves. */
  readonly slop: number | null;
  readonly budgetMs: number;
  readonly freedom: Freedom | null;
}

/**
 * Checks a request.
 *
 * @throws SkylarkError `bad-request` naming the field, `too-few-points` for a curve of one point, `bad-pattern` for an exclusion
 */
export function searchPlan(request: SearchRequest): SearchPlan {
  const { from, until, method = 'dtw', scope = 'both', explain = false } = request;
  if (!['euclidean', 'dtw', 'fastdtw'].includes(method)) throw bad(`method ${String(method)} is none of euclidean, dtw, fastdtw`);
  if (!['live', 'anomalies', 'both'].includes(scope)) throw bad(`scope ${String(scope)} is none of live, anomalies, both`);
  for (const [name, instant] of Object.entries({ from, until })) {
    if (instant !== undefined && !(Number.isFinite(instant) && instant >= 0)) throw bad(`${name} must be seconds since the epoch`);
  }
  if (from !== undefined && until !== undefined && from >= until) throw bad('from must be before until');
  return {
    source: sourceOf(request), from, until, method, scope, explain,
    slop: request.slop === undefined ? null : whole('slop', request.slop, 0, 1000),
    radius: whole('radius', request.radius ?? 1, 0, 512),
    band: fraction('band', request.band ?? 0.1),
    limit: whole('limit', request.limit ?? 10, 0, mostMatches),
    offset: whole('offset', request.offset ?? 0, 0, deepestOffset),
    excluded: exclusion(request.exclude ?? []),
    budgetMs: positive('budgetMs', request.budgetMs ?? Infinity),
    freedom: freedomOf(request),
  };
}

/** What is ignored where nobody says: z-normalised curves, compared by a method that may warp. */
const usuallyIgnored: readonly Invariance[] = ['height', 'level', 'stretching'];
const invariances: readonly string[] = ['height', 'level', 'when', 'stretching', 'noise'];
const longestLagSeconds = 86_400;

function freedomOf({ maxLagSeconds = 0, mirrored = false, subsequence = false, ignore, values }: SearchRequest): Freedom | null {
  const unknown = ignore?.find((name) => !invariances.includes(name));
  if (unknown !== undefined) throw bad(`ignore: ${String(unknown)} is none of ${invariances.join(', ')}`);
  if (!(maxLagSeconds >= 0 && maxLagSeconds <= longestLagSeconds)) throw bad(`maxLagSeconds must be 0 to ${longestLagSeconds}`);
  const careless = values?.includes(null) ?? false;
  if (maxLagSeconds === 0 && !mirrored && !subsequence && ignore === undefined && !careless) return null;
  const ignored = new Set(ignore ?? usuallyIgnored);
  return { maxLagSeconds, mirrored, anywhere: subsequence || ignored.has('when'), stretches: ignore?.includes('stretching') ?? false, ignore: ignored };
}

function sourceOf({ metric, anomaly, values }: SearchRequest): QuerySource {
  if ([metric, anomaly, values].filter((given) => given !== undefined).length !== 1) throw bad('exactly one of metric, anomaly, values is the query');
  if (metric !== undefined) return { by: 'metric', metric };
  if (anomaly !== undefined) return { by: 'anomaly', anomaly };
  return { by: 'values', ...curveOf(values ?? []) };
}

/** Points that do not count stand on the line between their neighbours. */
function curveOf(values: readonly (number | null)[]): { values: Float64Array; counts: Uint8Array | null } {
  if (values.length > mostPoints) throw bad(`values has more than ${mostPoints} points`);
  const index = values.findIndex((value) => value !== null && (typeof value !== 'number' || !Number.isFinite(value)));
  if (index >= 0) throw bad(`values[${index}] is no finite number`);
  const known = values.flatMap((value, i) => (value === null ? [] : [{ i, value }]));
  if (known.length < 2) throw new SkylarkError('too-few-points', `values has ${known.length}, 2 are needed`);
  if (known.length === values.length) return { values: Float64Array.from(values as readonly number[]), counts: null };
  const [first, last] = [known[0]!, known[known.length - 1]!];
  const line = resample(Float64Array.from(known, ({ i }) => i), Float64Array.from(known, ({ value }) => value), last.i - first.i + 1);
  const filled = Float64Array.from(values, (value, i) => value ?? line[Math.min(line.length - 1, Math.max(0, i - first.i))]!);
  return { values: filled, counts: Uint8Array.from(values, (value) => (value === null ? 0 : 1)) };
}

function exclusion(patterns: readonly string[]): NameMatcher {
  if (patterns.length > mostExclusions) throw bad(`exclude has more than ${mostExclusions} patterns`);
  const matchers = patterns.map(compileMatcher);
  return (metric) => matchers.some((matches) => matches(metric));
}

function whole(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) throw bad(`${name} must be a whole number from ${least} to ${most}`);
  return value;
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw bad(`${name} must be above 0`);
  return value;
}

function fraction(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw bad(`${name} must be a fraction from 0 to 1`);
  return value;
}

function bad(what: string): SkylarkError {
  return new SkylarkError('bad-request', what);
}
