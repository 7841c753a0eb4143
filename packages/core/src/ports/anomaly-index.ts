/** A flagged (or, in Oculus mode, any) series' window, ready to be compared: the document of the index. */
export interface ShapeDocument {
  /** The anomaly's id; in Oculus mode derived from the metric. Putting the same id again replaces. */
  readonly id: string;
  readonly metric: string;
  readonly kind: string;
  readonly score: number;
  /** The anomaly's span; end null while it is open. */
  readonly start: number;
  readonly end: number | null;
  /** The snapshot's window and data: the copy that stays when the store has forgotten. */
  readonly from: number;
  readonly until: number;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Shape words joined by spaces (Oculus). */
  readonly fingerprint: string;
  /** Means of 32 equal segments of the z-normalised, resampled snapshot; unit length. All zero when flat. */
  readonly vector: Float32Array;
}

/** How candidates are found; each is coarse, exact ranking comes after. */
export type CandidateQuery =
  | { readonly by: 'all' }
  | { readonly by: 'fingerprint'; readonly fingerprint: string; readonly slop: number }
  | { readonly by: 'vector'; readonly vector: Float32Array }
  | { readonly by: 'metric'; readonly metric: string };

export interface PutFailure {
  readonly id: string;
  readonly reason: string;
}

/**
 * Shapes of past anomalies, searchable. Must be fulfillable by Elasticsearch: no closures, no scripts, no transactions.
 *
 * - `put` is at least once and idempotent by id. It resolves with the documents refused for good (dead letters, each with a
 *   reason); it rejects with `index-away` when it may be tried again, and then some may have been written.
 *   `asOf` (seconds; default: now) is when the documents were known to be the newest: one that is already there of a later time stays, and counts as put.
 * - A document is found by `candidates` at the latest one second after its `put`.
 * - `candidates` by fingerprint or vector: nearest first, at most `limit`; by all or metric: by id, `after` pages on.
 *   By fingerprint: documents that hold the query's words as a phrase with at most `slop` moves in total (Lucene's sloppy phrase).
 *   By vector: ascending Euclidean distance of the vectors; may be approximate (recall@10 >= .95).
 * - `replace` swaps a named generation as a whole: readers see the old one or the new one, never a mixture. Documents put by `put`
 *   are the generation `anomalies`; `candidates` searches `anomalies` unless told otherwise. Of two that are made at the same time the one begun later
 *   stays: the other, should it end after it, rejects with `index-away`, however late it comes.
 */
export interface AnomalyIndex {
  put(documents: readonly ShapeDocument[], asOf?: number): Promise<PutFailure[]>;
  get(ids: readonly string[]): Promise<ShapeDocument[]>;
  candidates(query: CandidateQuery, page: { limit: number; after?: string; generation?: string }): Promise<ShapeDocument[]>;
  replace(generation: string, documents: AsyncIterable<readonly ShapeDocument[]>): Promise<{ documents: number; failures: PutFailure[] }>;
  /** Deletes documents by id (an anomaly was removed from the log), of metrics, or those whose window ended before a time; answers how many at least. */
  remove(selection: { ids: readonly string[] } | { metrics: readonly string[] } | { untilBefore: number }): Promise<number>;
  count(): Promise<number>;
}
