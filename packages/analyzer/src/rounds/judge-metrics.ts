import type { judge } from '@skylark/algorithms';
import type { AnomalyFinding, Clock, Series, SeriesStore } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import { emptyMemory, type MetricMemory } from '../life/metric-memory.js';
import type { Outage } from '../life/outage.js';
import { stepDeviation } from '../life/step-deviation.js';
import { stepMetric } from '../life/step-metric.js';
import { isSameTail, type Tail, tailOf } from '../life/tail.js';
import { windowOf } from '../life/window.js';
import { createPacer } from '../pacer.js';
import type { Figures } from './figures.js';
import { readSlices } from './read-slices.js';
import type { ShardMemory } from './shard-memory.js';

export interface JudgeContext {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly settings: CompiledSettings;
  readonly figures: Figures;
  readonly judge: typeof judge;
  readonly outages: readonly Outage[];
  /** Called between pieces of work: renews the lease, throws to stop. */
  readonly keepGoing: () => Promise<void> | undefined;
  /** Who knows what was judged before; default: the memory, which has a tail for every metric. */
  readonly tails?: JudgedTails | undefined;
}

/** A datapoint is judged once, as the newest of its window. */
export interface JudgedTails {
  readonly isJudged: (metric: string, tail: Tail) => boolean;
  /** All that was read of a metric which was judged (or needed no judgement), datapoints later than the slot included. */
  readonly taken: (series: Series) => void;
}

const tailsOf = ({ judged }: ShardMemory, now: number): JudgedTails => ({
  isJudged: (metric, tail) => isSameTail(judged.get(metric), tail),
  taken(series) {
    const tail = tailOf(windowOf(series, -Infinity, now));
    if (tail === null) judged.delete(series.metric);
    else judged.set(series.metric, tail);
  },
});

/** Three strikes of more than this, and the series is quarantined. One thread cannot stop a judgement at hand; it can refuse the next. */
const longestJudgementMs = 1000;

/** Judges the metrics of a shard at `now`, in slices. Updates the memory; answers the findings that changed. */
export async function judgeMetrics(metrics: readonly string[], now: number, memory: ShardMemory, context: JudgeContext): Promise<AnomalyFinding[]> {
  const { store, clock, settings } = context;
  const pace = createPacer(clock);
  const changed: AnomalyFinding[] = [];
  const free = metrics.filter((metric) => memory.quarantine.reasonOf(metric, now) === null);
  const window = { from: now - settings.windowSeconds, until: context.tails ? farAhead : justAfter(now) };
  for await (const slice of readSlices(store, free, window, clock)) {
    if ('unreadable' in slice) await memory.quarantine.strike(slice.unreadable, 'unreadable', messageOf(slice.error), now);
    else for (const series of slice.series) {
      const failure = judgeOne(series, now, memory, context, changed);
      if (failure) await memory.quarantine.strike(series.metric, failure.reason, failure.detail, now);
      await pace();
    }
    await context.keepGoing();
  }
  return changed;
}

/** Windows end before `until`, and a datapoint stamped with the slot's own second belongs to the slot; timestamps are coarser than a microsecond. */
const justAfter = (now: number): number => now + 1e-6;
/** Later than any datapoint. */
const farAhead = 2 ** 32;

function judgeOne(all: Series, now: number, memory: ShardMemory, context: JudgeContext, changed: AnomalyFinding[]) {
  const { clock, settings, figures, judge, outages, tails = tailsOf(memory, now) } = context;
  const series = windowOf(all, -Infinity, now);
  const { metric, timestamps } = series;
  const before = memory.metrics.get(metric) ?? emptyMemory;
  const tail = tailOf(series);
  if (tail === null && before === emptyMemory) return void tails.taken(all);
  const started = clock.elapsedMs();
  try {
    const verdict = tail === null || tails.isJudged(metric, tail) ? null : judge(series, now, settings.ensembleOf(metric));
    const step = stepMetric(before, { metric, now, series, verdict, outages }, settings.life);
    tails.taken(all);
    if (verdict) figures.countVerdict(verdict);
    remember(memory, metric, step.memory);
    changed.push(...step.changed);
  } catch (error) {
    return { reason: 'throws', detail: messageOf(error) } as const;
  }
  const tookMs = clock.elapsedMs() - started;
  if (tookMs > longestJudgementMs) return { reason: 'slow', detail: `${Math.round(tookMs)} ms for ${timestamps.length} datapoints` } as const;
  return memory.quarantine.pardon(metric);
}

/** Nothing is said of a series that is not judged, so what was open of it goes quiet. */
export function quietQuarantined(now: number, memory: ShardMemory, { life }: CompiledSettings): AnomalyFinding[] {
  return [...memory.metrics].flatMap(([metric, known]) => {
    if (memory.quarantine.reasonOf(metric, now) === null) return [];
    const series = { metric, timestamps: new Float64Array(0), values: new Float64Array(0) };
    const { current, changed } = stepDeviation(known.deviation, { metric, now, series, verdict: null, outages: [] }, life, () => false);
    remember(memory, metric, { ...known, deviation: current });
    return changed;
  });
}

function remember(memory: ShardMemory, metric: string, known: MetricMemory): void {
  if (known !== emptyMemory) memory.metrics.set(metric, known);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
