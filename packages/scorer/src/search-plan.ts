import { compileMatcher } from '@skylark/algorithms';
import { SkylarkError } from '@skylark/core';
import type { NameMatcher, SearchMethod, SearchRequest, SearchScope } from '@skylark/core';

const mostMatches = 1000;
/** Everything before a page is held while searching. */
const deepestOffset = 10_000;
const mostExclusions = 100;
const mostPoints = 100_000;

export type QuerySource =
  | { readonly by: 'metric'; readonly metric: string }
  | { readonly by: 'anomaly'; readonly anomaly: string }
  | { readonly by: 'values'; readonly values: Float64Array };

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
    radius: whole('radius', request.radius ?? 1, 0, 512),
    band: fraction('band', request.band ?? 0.1),
    limit: whole('limit', request.limit ?? 10, 0, mostMatches),
    offset: whole('offset', request.offset ?? 0, 0, deepestOffset),
    excluded: exclusion(request.exclude ?? []),
  };
}

function sourceOf({ metric, anomaly, values }: SearchRequest): QuerySource {
  if ([metric, anomaly, values].filter((given) => given !== undefined).length !== 1) throw bad('exactly one of metric, anomaly, values is the query');
  if (metric !== undefined) return { by: 'metric', metric };
  if (anomaly !== undefined) return { by: 'anomaly', anomaly };
  return { by: 'values', values: curveOf(values ?? []) };
}

function curveOf(values: readonly number[]): Float64Array {
  if (values.length > mostPoints) throw bad(`values has more than ${mostPoints} points`);
  const index = values.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (index >= 0) throw bad(`values[${index}] is no finite number`);
  if (values.length < 2) throw new SkylarkError('too-few-points', `values has ${values.length}, 2 are needed`);
  return Float64Array.from(values);
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

function fraction(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw bad(`${name} must be a fraction from 0 to 1`);
  return value;
}

function bad(what: string): SkylarkError {
  return new SkylarkError('bad-request', what);
}
