import type { MetricSpan, Series, SeriesStore } from '@skylark/core';

const metricsAtOnce = 64;
const firstStretchSeconds = 6 * 3600;
const shortestSeconds = 60;
/** Datapoints of one read: below the one the windows grow, above the other they shrink. */
const fewDatapoints = 250_000;
const manyDatapoints = 2_000_000;

/** Every datapoint of a store, shard by shard, some metrics and a stretch of time at once; a metric's stretches in order. Memory is about that of two million datapoints. */
export async function* readAllSeries(store: SeriesStore, countMetric: () => void): AsyncGenerator<Series> {
  const pace = { seconds: firstStretchSeconds };
  for (let shard = 0; shard < store.shards; shard += 1) {
    const names = (await store.list(shard))?.metrics ?? [];
    for (let at = 0; at < names.length; at += metricsAtOnce) {
      const spans = (await store.spans(names.slice(at, at + metricsAtOnce))).filter(({ lastTimestamp }) => lastTimestamp !== null);
      spans.forEach(countMetric);
      yield* readSpans(store, spans, pace);
    }
  }
}

async function* readSpans(store: SeriesStore, spans: readonly MetricSpan[], pace: { seconds: number }): AsyncGenerator<Series> {
  const end = Math.max(...spans.map(({ lastTimestamp }) => lastTimestamp ?? 0));
  let from = Math.min(...spans.map(({ firstTimestamp }) => firstTimestamp ?? Infinity));
  while (from <= end) {
    // The last stretch takes what arrives meanwhile along.
    const until = from + pace.seconds > end ? Infinity : from + pace.seconds;
    const there = spans.filter(({ firstTimestamp, lastTimestamp }) => (firstTimestamp ?? Infinity) < until && (lastTimestamp ?? 0) >= from);
    const read = await store.read(there.map(({ metric }) => metric), { from, until: Math.min(until, 2 ** 32) });
    const datapoints = read.reduce((sum, { values }) => sum + values.length, 0);
    yield* read.filter(({ values }) => values.length > 0);
    from = until;
    if (datapoints > manyDatapoints) pace.seconds = Math.max(shortestSeconds, pace.seconds / 2);
    else if (datapoints < fewDatapoints) pace.seconds *= 2;
  }
}
