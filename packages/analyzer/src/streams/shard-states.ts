import { createSlab, type Slab } from './slab.js';
import type { MetricRules } from './stream-context.js';

/** Datapoints that are kept until the slot they belong to; ascending by time. */
export interface Pending {
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

/** What is kept of one metric beside its detector's state. */
export interface Row {
  readonly number: number;
  readonly rules: MetricRules;
  /** The newest datapoint stepped, seconds; -Infinity: none yet. */
  last: number;
  /** No silence counts before this time; NaN: not worked out since `last`. */
  silentFrom: number;
  /** True: what the store holds since `last` was not stepped yet; the followed news of it are in there too, and are passed over. */
  behind: boolean;
}

/**
 * What the detectors of a shard remember: one row of a slab a metric. Where the shard's log was read up to (`cursor`), and what was read from it
 * ahead of its slot (`pending`), belong to it: together they are what a snapshot holds.
 */
export interface ShardStates {
  readonly rows: Map<string, Row>;
  readonly slab: Slab;
  readonly pending: Map<string, Pending>;
  /** Of `SeriesStore.follow`; null: nothing was followed yet. */
  cursor: string | null;
  /** Metrics that were behind after the newest slot; null before the first. */
  behind: number | null;
  /** When a snapshot was last read or written, by slot time; -Infinity: never. */
  savedAt: number;
  /** What `behind` was then. */
  savedBehind: number | null;
}

/** States of so many doubles a metric. */
export function emptyStates(stateLength: number): ShardStates {
  return { rows: new Map(), slab: createSlab(stateLength), pending: new Map(), cursor: null, behind: null, savedAt: -Infinity, savedBehind: null };
}

/** A metric seen for the first time: its history is stepped before it is judged. */
export function addRow({ rows, slab }: ShardStates, metric: string, rules: MetricRules): Row {
  const row: Row = { number: slab.add(), rules, last: -Infinity, silentFrom: NaN, behind: true };
  rows.set(metric, row);
  return row;
}

export function removeRow(states: ShardStates, metric: string): void {
  const row = states.rows.get(metric);
  if (row === undefined) return;
  states.slab.free(row.number);
  states.rows.delete(metric);
  states.pending.delete(metric);
}

/** Forgets what was learned of a metric: it starts anew from what the store holds. */
export function resetRow(states: ShardStates, metric: string): void {
  const rules = states.rows.get(metric)?.rules ?? null;
  removeRow(states, metric);
  addRow(states, metric, rules);
}

/** Rows for exactly these metrics. */
export function syncRows(states: ShardStates, metrics: readonly string[], rulesOf: (metric: string) => MetricRules): void {
  for (const metric of metrics) if (!states.rows.has(metric)) addRow(states, metric, rulesOf(metric));
  if (states.rows.size === metrics.length) return;
  const present = new Set(metrics);
  for (const metric of [...states.rows.keys()]) if (!present.has(metric)) removeRow(states, metric);
}

export function countBehind({ rows }: ShardStates): number {
  let count = 0;
  for (const { behind } of rows.values()) if (behind) count += 1;
  return count;
}
