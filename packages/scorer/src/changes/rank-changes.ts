import { baselineWindows, windowChange } from '@skylark/algorithms';
import type { AnomalyLog, MetricChange, SeriesStore, Window } from '@skylark/core';

export interface ChangesOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  /** Lets others run now and then. */
  readonly pause: () => Promise<void> | undefined;
}

const metricsAtOnce = 64;
const ownPrefix = 'skylark.';

/**
 * All series by how much they changed in a window against the stretch before it, four times as long: what else moved while this went wrong.
 * Most changed first, ties by name. See `windowChange`.
 */
export async function rankChanges({ series, log, pause }: ChangesOptions, window: Window, limit: number): Promise<MetricChange[]> {
  const from = Math.max(0, window.from - baselineWindows * (window.until - window.from));
  const rates = await anomalyRates(log, window);
  let changed: MetricChange[] = [];
  for (let shard = 0; shard < series.shards; shard += 1) {
    const metrics = ((await series.list(shard))?.metrics ?? []).filter((metric) => !metric.startsWith(ownPrefix));
    for (let at = 0; at < metrics.length; at += metricsAtOnce) {
      for (const { metric, timestamps, values } of await series.read(metrics.slice(at, at + metricsAtOnce), { from, until: window.until })) {
        const cut = firstNotBefore(timestamps, window.from);
        const change = windowChange(values.subarray(0, cut), values.subarray(cut));
        if (change !== null) changed.push({ metric, ...change, anomalyRate: rates.get(metric) ?? 0 });
        await pause();
      }
    }
    if (changed.length > 4 * limit) changed = mostChanged(changed, limit);
  }
  return mostChanged(changed, limit);
}

function mostChanged(changed: MetricChange[], limit: number): MetricChange[] {
  return changed.sort((a, b) => b.statistic - a.statistic || (a.metric < b.metric ? -1 : 1)).slice(0, limit);
}

/** The part of the window in which each metric was anomalous, 0 to 1. */
async function anomalyRates(log: AnomalyLog, { from, until }: Window): Promise<Map<string, number>> {
  const seconds = new Map<string, number>();
  for (let cursor: string | undefined; ; ) {
    const page = await log.query({ state: 'all', from, until, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const { metric, start, end } of page.anomalies) {
      const within = Math.min(end ?? until, until) - Math.max(start, from);
      seconds.set(metric, Math.min(until - from, (seconds.get(metric) ?? 0) + Math.max(0, within)));
    }
    cursor = page.nextCursor;
    if (cursor === undefined) return new Map([...seconds].map(([metric, covered]) => [metric, covered / (until - from)]));
  }
}

function firstNotBefore(timestamps: Float64Array, instant: number): number {
  let [low, high] = [0, timestamps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
