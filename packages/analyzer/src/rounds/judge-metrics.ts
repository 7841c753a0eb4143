import type { judge } from '@skylark/algorithms';
import type { AnomalyFinding, Clock, Series, SeriesStore } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import { emptyMemory, type MetricMemory } from '../life/metric-memory.js';
import type { Outage } from '../life/outage.js';
import { stepDeviation } from '../life/step-deviation.js';
import { stepMetric } from '../life/step-metric.js';
import { isSameTail, tailOf } from '../life/tail.js';
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
}

/** Three strikes of more than this, and the series is quarantined. One thread cannot stop a judgement at hand; it can refuse the next. */
const longestJudgementMs = 1000;

/** Judges the metrics of a shard at `now`, in slices. Updates the memory; answers the findings that changed. */
export async function judgeMetrics(metrics: readonly string[], now: number, memory: ShardMemory, context: JudgeContext): Promise<AnomalyFinding[]> {
  const { store, clock, settings } = context;
  const pace = createPacer(clock);
  const changed: AnomalyFinding[] = [];
  const free = metrics.filter((metric) => memory.quarantine.reasonOf(metric, now) === null);
  const window = { from: now - settings.windowSeconds, until: justAfter(now) };
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

function judgeOne(series: Series, now: number, memory: ShardMemory, { clock, settings, figures, judge, outages }: JudgeContext, changed: AnomalyFinding[]) {
  const { metric, timestamps } = series;
  const before = memory.metrics.get(metric) ?? emptyMemory;
  const tail = tailOf(series);
  if (tail === null && before === emptyMemory) return void memory.judged.delete(metric);
  const started = clock.elapsedMs();
  try {
    const verdict = tail === null || isSameTail(memory.judged.get(metric), tail) ? null : judge(series, now, settings.ensembleOf(metric));
    const step = stepMetric(before, { metric, now, series, verdict, outages }, settings.life);
    if (tail) memory.judged.set(metric, tail);
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
