import type { AnomalyFinding, Clock, Series, SeriesStore, Window } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import type { Outage } from '../life/outage.js';
import type { Flagged } from '../life/step-stream.js';
import { countBelow } from '../life/window.js';
import type { Pacer } from '../pacer.js';
import type { Figures } from '../rounds/figures.js';
import { readSlices } from '../rounds/read-slices.js';
import type { ShardMemory } from '../rounds/shard-memory.js';
import { resetRow, type Row, type ShardStates } from './shard-states.js';
import { stepSeries } from './step-series.js';
import type { StreamContext } from './stream-context.js';

export interface StreamsContext {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly settings: CompiledSettings;
  readonly stream: StreamContext;
  readonly figures: Figures;
  readonly outages: readonly Outage[];
  /** What may be spent on history in this slot and shard; at least one slice of metrics is always read. */
  readonly catchUpMs: number;
  /** Called between pieces of work: renews the lease, throws to stop. */
  readonly keepGoing: () => Promise<void> | undefined;
}

/** A metric about which there is more to say at this slot than that it is as ever. */
export interface Living {
  readonly row: Row;
  readonly flagged: readonly Flagged[];
}

/** One shard at one slot, while it is judged. */
export interface StreamSlot {
  readonly shard: number;
  /** The slot's time. */
  readonly now: number;
  readonly states: ShardStates;
  readonly memory: ShardMemory;
  readonly context: StreamsContext;
  readonly pace: Pacer;
  readonly alive: Map<string, Living>;
  readonly changed: AnomalyFinding[];
}

export type Columns = Pick<Series, 'timestamps' | 'values'>;

/** Later than any slot that may come to be judged while what is stamped so waits for it. */
const farAhead = 2 ** 32;

/** Steps of a metric's columns what is newer than all before and not later than the slot; the rest waits for its slot. Answers what counts. */
export function stepDue({ states, memory, now, context }: StreamSlot, metric: string, row: Row, columns: Columns): Flagged[] {
  const { timestamps, values } = columns;
  const from = countBelow(timestamps, row.last, true);
  const until = countBelow(timestamps, now, true);
  if (until < timestamps.length) states.pending.set(metric, { timestamps: [...timestamps.subarray(until)], values: [...values.subarray(until)] });
  else if (states.pending.size > 0) states.pending.delete(metric);
  if (from >= until) return [];
  const following = memory.metrics.get(metric)?.deviation != null;
  const flagged = stepSeries({ state: states.slab.row(row.number), series: columns, from, until, rules: row.rules, following }, context.stream);
  row.last = timestamps[until - 1]!;
  row.silentFrom = NaN;
  return flagged;
}

/** Reads windows of metrics in slices and works on each series; ends early when `enough`. What throws or cannot be read is struck and costs the others nothing. */
export async function forEachSeries(slot: StreamSlot, metrics: readonly string[], { from, until = farAhead, enough = () => false }: Partial<Window> & { from: number; enough?: () => boolean }, work: (series: Series) => void): Promise<void> {
  const { store, clock, keepGoing } = slot.context;
  for await (const slice of readSlices(store, metrics, { from, until }, clock)) {
    if ('unreadable' in slice) await slot.memory.quarantine.strike(slice.unreadable, 'unreadable', messageOf(slice.error), slot.now);
    else for (const series of slice.series) {
      await attempt(slot, series.metric, () => work(series));
      await slot.pace();
    }
    await keepGoing();
    if ('series' in slice && enough()) return;
  }
}

/** A state that was left half stepped starts anew. */
export async function attempt({ states, memory, now }: StreamSlot, metric: string, work: () => void): Promise<void> {
  try {
    work();
    memory.quarantine.pardon(metric);
  } catch (error) {
    resetRow(states, metric);
    await memory.quarantine.strike(metric, 'throws', messageOf(error), now);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
