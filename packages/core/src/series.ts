/**
 * One metric's datapoints as columns: the one noun along the whole path.
 *
 * `timestamps` are seconds since the epoch (UTC), strictly ascending; `values` has the same length and
 * is finite throughout. One value per timestamp: the last written wins.
 */
export interface Series {
  readonly metric: string;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** A span of time `[from, until)` in seconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** One value of one metric; only at the edges (one JSON item, one CLI line). Inside, use columns. */
export interface Datapoint {
  readonly metric: string;
  readonly timestamp: number;
  readonly value: number;
}

/**
 * Datapoints of many metrics as columns, on their way into a store.
 *
 * `handles[i]`, `timestamps[i]`, `values[i]` for `i < length` are one datapoint; arrays may be longer
 * than `length` (they are reused buffers). Handles come from `SeriesStore.handles`. Order is arrival order.
 */
export interface DatapointBatch {
  readonly handles: Uint32Array;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  readonly length: number;
}

export function emptySeries(metric: string): Series {
  return { metric, timestamps: new Float64Array(0), values: new Float64Array(0) };
}
