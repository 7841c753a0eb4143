import type { Logger, Sample } from '@skylark/core';
import { Counter, Gauge, Registry } from 'prom-client';

/**
 * Samples in Prometheus' text format. Samples of one name are one metric, whose labels are all of theirs; equal labels add up for counters, the last one counts for gauges.
 * A sample that Prometheus would refuse (a bad name, not a number) is left out and logged.
 */
export async function renderSamples(samples: readonly Sample[], logger: Logger): Promise<string> {
  const registry = new Registry();
  for (const group of groupByName(samples).values()) {
    try {
      addMetric(registry, group);
    } catch (error) {
      logger.warn('api.bad-sample', { name: group[0]?.name, error });
    }
  }
  return registry.metrics();
}

function groupByName(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (!Number.isFinite(sample.value)) continue;
    const group = groups.get(sample.name);
    if (group) group.push(sample);
    else groups.set(sample.name, [sample]);
  }
  return groups;
}

function addMetric(registry: Registry, group: readonly Sample[]): void {
  const [first] = group;
  if (!first) return;
  const { name, help, kind } = first;
  const labelNames = [...new Set(group.flatMap(({ labels }) => Object.keys(labels)))];
  const configuration = { name, help, labelNames, registers: [registry] };
  if (kind === 'counter') {
    const counter = new Counter(configuration);
    for (const { labels, value } of group) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(configuration);
    for (const { labels, value } of group) gauge.set(labels, value);
  }
}
