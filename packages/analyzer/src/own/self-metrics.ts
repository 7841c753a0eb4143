import type { Datapoint, Sample } from '@skylark/core';

/** The heartbeat: written through the intake like anybody's datapoint, value 1. */
export const canaryMetric = 'skylark.canary';
/** Now less the newest heartbeat that can be read back, seconds. */
export const canaryLagMetric = 'skylark.canary.lagSeconds';

/** Counters as last seen, by series name: a rate needs two looks. */
export interface CounterReadings {
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
}

/**
 * What Skylark reports of itself as datapoints of series, bounded by the bounded labels of its samples.
 *
 * Name: `skylark.`, the next word of the sample's, the rest in camel case, then the label values in order of label:
 * `skylark_ingest_rejected_total{protocol="json",reason="nan"}` is `skylark.ingest.rejectedPerSecond.json.nan`. A gauge is its value. A counter is its
 * rate per second since `previous`, for a total that only grows is no shape anybody can look at; it is left out at the first look and after a restart.
 *
 * With an `instance` that word comes first, so that processes that share a store do not write over each other.
 *
 * @example selfMetrics([{ name: 'skylark_queue_depth', kind: 'gauge', labels: {}, value: 3, help: '' }], 60, null).datapoints // [{ metric: 'skylark.queue.depth', timestamp: 60, value: 3 }]
 */
export function selfMetrics(samples: readonly Sample[], now: number, previous: CounterReadings | null, instance: string | null = null): { datapoints: Datapoint[]; readings: CounterReadings } {
  const own = samples.filter(({ name, value }) => name.startsWith('skylark_') && Number.isFinite(value));
  const counters = own.filter(({ kind }) => kind === 'counter');
  const readings = { at: now, values: new Map(counters.map((sample) => [seriesName(sample, instance), sample.value])) };
  const datapoints = own.flatMap((sample) => {
    const metric = seriesName(sample, instance);
    const value = sample.kind === 'gauge' ? sample.value : rateOf(metric, readings, previous);
    return value === null ? [] : [{ metric, timestamp: now, value }];
  });
  return { datapoints, readings };
}

function rateOf(metric: string, { at, values }: CounterReadings, previous: CounterReadings | null): number | null {
  const [value, before] = [values.get(metric), previous?.values.get(metric)];
  if (previous === null || value === undefined || before === undefined || value < before || at <= previous.at) return null;
  return (value - before) / (at - previous.at);
}

function seriesName({ name, kind, labels }: Sample, instance: string | null): string {
  const words = name.replace(/^skylark_/, '').replace(/_total$/, '').split('_');
  const [group = '', ...rest] = kind === 'counter' ? [...words, 'per', 'second'] : words;
  const camel = rest.map((word, index) => (index === 0 ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`)).join('');
  const values = Object.keys(labels).sort().map((label) => (labels[label] ?? '').replace(/[^A-Za-z0-9_-]/g, '_'));
  return ['skylark', ...(instance === null ? [] : [instance]), group, ...(camel === '' ? [] : [camel]), ...values].join('.');
}
