/** What distance ranks by; see `algorithms/distances`. */
export type SearchMethod = 'euclidean' | 'dtw' | 'fastdtw';
/** Compared with: series in the store, past anomalies in the index, or both. */
export type SearchScope = 'live' | 'anomalies' | 'both';
export type MatchSource = 'live' | 'anomaly' | 'collection';
/** What a search may disregard; see `SearchRequest.ignore`. */
export type Invariance = 'height' | 'level' | 'when' | 'stretching' | 'noise';

/** The body of `POST /api/v1/search`: exactly one of `metric`, `anomaly`, `values` is the query. Times in seconds, window `[from, until)`. */
export interface SearchRequest {
  readonly metric?: string | undefined;
  /** An anomaly's id. */
  readonly anomaly?: string | undefined;
  /** A curve at even instants; at least two finite numbers. null: what lies there does not count. */
  readonly values?: readonly (number | null)[] | undefined;
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
  /** After so long the best so far are answered, with `partial: 'budget'`. Default: none. */
  readonly budgetMs?: number | undefined;
  /** Live series are also compared shifted in time by up to so much, either way; the match says by how much. */
  readonly maxLagSeconds?: number | undefined;
  /** True: also what moved the other way, with `sign: -1`. */
  readonly mirrored?: boolean | undefined;
  /** True: the shape anywhere in the last 24 h of every live series (or the day before `until`). */
  readonly subsequence?: boolean | undefined;
  /**
   * What does not count. Default: height and level, as z-normalising does. Given, what is not named counts: without `height` a curve of
   * twice the size is another one, without `level` one further up, without `when` one at another time, without `stretching` one that
   * runs slower or warps, without `noise` one that is rougher.
   */
  readonly ignore?: readonly Invariance[] | undefined;
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
  /** How much later than the query it happened, in seconds; with `maxLagSeconds`. */
  readonly lagSeconds?: number;
  /** -1: it is the query upside down; with `mirrored`. */
  readonly sign?: 1 | -1;
  /** Pairs [point of the query, point of the match], from first to last; with `explain`, for dtw and fastdtw. */
  readonly path?: readonly (readonly [number, number])[];
}

export interface SearchQuery {
  readonly metric?: string;
  readonly from: number;
  readonly until: number;
  /** As in a match; null where the query does not care. */
  readonly values: readonly (number | null)[];
}

export interface SearchAnswer {
  readonly tookMs: number;
  /** Points that were compared: min(512, datapoints of the query). */
  readonly length: number;
  readonly stages: readonly SearchStage[];
  readonly query: SearchQuery;
  /** Everything that was comparable, not just this page. */
  readonly total: number;
  /** Why not everything was compared: the time given was over, or the index (or a shard) did not answer. */
  readonly partial: 'budget' | 'backend' | null;
  /** Ascending by distance, ties by name. The query itself is not among them. */
  readonly matches: readonly SearchMatch[];
}

/** How much a metric changed in a window; an entry of `GET /api/v1/changes`. */
export interface MetricChange {
  readonly metric: string;
  /** -1 to 1, higher is more; see `windowChange`. */
  readonly statistic: number;
  readonly pValue: number;
  /** The part of the window in which it was anomalous, 0 to 1. */
  readonly anomalyRate: number;
}

/** A past anomaly that looked like one: what was seen before, and what people said then. */
export interface SeenBefore {
  readonly id: string;
  readonly metric: string;
  readonly start: number;
  readonly distance: number;
  readonly feedback: 'real' | 'false-alarm' | 'expected' | null;
  readonly note: string | null;
}
