/** What distance ranks by; see `algorithms/distances`. */
export type SearchMethod = 'euclidean' | 'dtw' | 'fastdtw';
/** Compared with: series in the store, past anomalies in the index, or both. */
export type SearchScope = 'live' | 'anomalies' | 'both';
export type MatchSource = 'live' | 'anomaly' | 'collection';

/** The body of `POST /api/v1/search`: exactly one of `metric`, `anomaly`, `values` is the query. Times in seconds, window `[from, until)`. */
export interface SearchRequest {
  readonly metric?: string | undefined;
  /** An anomaly's id. */
  readonly anomaly?: string | undefined;
  /** A curve at even instants; at least two finite numbers. */
  readonly values?: readonly number[] | undefined;
  /** Default window: an anomaly's span plus context, else the last hour. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Default `dtw`. */
  readonly method?: SearchMethod | undefined;
  /** Of FastDTW, in points; default 1. */
  readonly radius?: number | undefined;
  /** Of DTW, a fraction of the length, 0 to 1; default 0.1. */
  readonly band?: number | undefined;
  /** Of the fingerprint phrase, where an index needs one to find candidates; default 20. */
  readonly slop?: number | undefined;
  /** Default `both`. */
  readonly scope?: SearchScope | undefined;
  /** Names, globs, /regex/: metrics that are no candidates. */
  readonly exclude?: readonly string[] | undefined;
  /** Default 10. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** True: each match carries its warping path. */
  readonly explain?: boolean | undefined;
}

/** One line of the stage report: how many candidates went into a stage, and what it took. */
export interface SearchStage {
  readonly name: string;
  readonly candidates: number;
  readonly tookMs: number;
}

export interface SearchMatch {
  readonly metric: string;
  readonly source: MatchSource;
  /** The anomaly's (or collection's) id; live matches have none. */
  readonly id?: string;
  /** Lower is nearer; of z-normalised points. */
  readonly distance: number;
  readonly from: number;
  readonly until: number;
  /** The `length` resampled points, in the metric's own unit: z-normalise them to lay them over the query. */
  readonly values: readonly number[];
  /** Pairs [point of the query, point of the match], from first to last; with `explain`, for dtw and fastdtw. */
  readonly path?: readonly (readonly [number, number])[];
}

export interface SearchQuery {
  readonly metric?: string;
  readonly from: number;
  readonly until: number;
  /** As in a match. */
  readonly values: readonly number[];
}

export interface SearchAnswer {
  readonly tookMs: number;
  /** Points that were compared: min(512, datapoints of the query). */
  readonly length: number;
  readonly stages: readonly SearchStage[];
  readonly query: SearchQuery;
  /** Everything that was comparable, not just this page. */
  readonly total: number;
  /** Ascending by distance, ties by name. The query itself is not among them. */
  readonly matches: readonly SearchMatch[];
}
