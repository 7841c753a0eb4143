import type { Sample } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { selfMetrics } from './self-metrics.js';

const sample = (name: string, value: number, kind: Sample['kind'] = 'gauge', labels: Sample['labels'] = {}): Sample => ({ name, help: '', kind, labels, value });

describe('selfMetrics', () => {
  it.each([
    ['skylark_series', {}, 'skylark.series'],
    ['skylark_canary_lag_seconds', {}, 'skylark.canary.lagSeconds'],
    ['skylark_anomalies_open', { severity: 'major' }, 'skylark.anomalies.open.major'],
    ['skylark_series_quarantined', { reason: 'a b.c' }, 'skylark.series.quarantined.a_b_c'],
  ])('names the gauge %s %j %s', (name, labels, metric) => {
    expect(selfMetrics([sample(name, 4, 'gauge', labels)], 60, null).datapoints).toEqual([{ metric, timestamp: 60, value: 4 }]);
  });

  it('makes a counter a rate from the second look on', () => {
    const at = (value: number): Sample[] => [sample('skylark_ingest_rejected_total', value, 'counter', { reason: 'nan', protocol: 'json' })];
    const first = selfMetrics(at(100), 60, null);
    expect(first.datapoints).toEqual([]);
    expect(selfMetrics(at(130), 70, first.readings).datapoints).toEqual([{ metric: 'skylark.ingest.rejectedPerSecond.json.nan', timestamp: 70, value: 3 }]);
  });

  it('leaves a counter out that began again, and one whose clock was set back', () => {
    const at = (value: number): Sample[] => [sample('skylark_x_total', value, 'counter')];
    const { readings } = selfMetrics(at(100), 60, null);
    expect(selfMetrics(at(5), 70, readings).datapoints).toEqual([]);
    expect(selfMetrics(at(130), 50, readings).datapoints).toEqual([]);
  });

  it('takes no figure of somebody else, and none that is not finite', () => {
    expect(selfMetrics([sample('process_cpu', 1), sample('skylark_x', NaN)], 60, null).datapoints).toEqual([]);
  });
});
