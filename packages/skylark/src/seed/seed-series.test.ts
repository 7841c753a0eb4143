import { defaultEnsembleSettings, type EnsembleName, judge } from '@skylark/algorithms';
import { describe, expect, it } from 'vitest';
import { type Incident, incidentKinds, kindsSeen, kindsTheNineSee } from './incident.js';
import { liveDatapoints } from './live-datapoints.js';
import { planSeed, type SeedOptions, type SeedSeries, seedSeries } from './seed-series.js';

const until = 1_764_000_030;
const options: SeedOptions = { metrics: 40, hours: 24, seed: 1, until, resolutionSeconds: 60 };
type Columns = Pick<SeedSeries, 'timestamps' | 'values'>;
const isFlagged = ({ timestamps, values }: Columns, ensemble: EnsembleName = 'nine', end = values.length): boolean =>
  judge({ metric: '', timestamps: timestamps.subarray(0, end), values: values.subarray(0, end) }, until, { ...defaultEnsembleSettings, ensemble }).status === 'anomalous';
/** An anomaly is open until its metric was quiet for five minutes. */
const isOpen = (series: Columns, ensemble: EnsembleName): boolean => [0, 1, 2, 3, 4].some((back) => isFlagged(series, ensemble, series.values.length - back));

describe('seedSeries', () => {
  it('gives the same series for the same options, and others for another seed', () => {
    const [first, again, other] = [options, options, { ...options, seed: 2 }].map((one) => [...seedSeries(one)]);
    expect(again).toEqual(first);
    expect(other![0]!.values).not.toEqual(first![0]!.values);
  });

  it('gives as many metrics as asked, each under its own name, ascending and finite', () => {
    for (const metrics of [0, 1, 9, 100]) {
      const all = [...seedSeries({ ...options, metrics, hours: 2 })];
      expect(new Set(all.map(({ metric }) => metric)).size).toBe(metrics);
      for (const { metric, timestamps, values } of all) {
        expect(metric.startsWith('seed.')).toBe(true);
        expect(timestamps.every((timestamp, i) => timestamp < until && timestamp >= until - 7200 && (i === 0 || timestamp > timestamps[i - 1]!))).toBe(true);
        expect(values.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it.each(([['default', kindsSeen], ['nine', kindsTheNineSee]] as const).flatMap(([ensemble, seen]) => [1, 2, 3].map((seed) => ({ ensemble, seen, seed }))))('has one incident of each kind to the end, and $ensemble flags those it can see and nothing else, seed $seed', ({ ensemble, seen, seed }) => {
    const all = [...seedSeries({ ...options, seed })];
    for (const kind of incidentKinds) {
      const lasting = all.filter(({ incidents }) => incidents.some((one) => one.kind === kind && one.end === until && one.group === undefined));
      expect(lasting).toHaveLength(1);
      if (kind !== 'stop' && (kind !== 'drift' || ensemble === 'nine')) expect([kind, isOpen(lasting[0]!, ensemble)]).toEqual([kind, seen.includes(kind)]);
      if (kind === 'stop') expect(until - lasting[0]!.timestamps.at(-1)!).toBeGreaterThan(defaultEnsembleSettings.stalePeriod);
    }
    const quiet = all.filter(({ incidents }) => !incidents.some(({ end }) => end === until));
    expect(quiet.filter((series) => isFlagged(series, ensemble)).map(({ metric }) => metric)).toEqual([]);
  });

  it('has the same past, and incidents that go on live, when they last longer', () => {
    const longer = { ...options, lastUntil: until + 3600 };
    expect([...seedSeries(longer)]).toEqual([...seedSeries(options)]);
    const planned = planSeed(longer);
    const live = (from: number): Map<string, number> => new Map(liveDatapoints(planned, { from, until: from + 60, resolutionSeconds: 60 }).map(({ metric, value }) => [metric, value]));
    const metricOf = (kind: string): string => planned.find(({ incidents }) => incidents.some((one) => one.kind === kind))!.model.metric;
    expect(live(until).get(metricOf('dip'))).toBe(0);
    expect(live(until + 3600).get(metricOf('dip'))).toBeGreaterThan(100);
    expect(live(until).has(metricOf('stop'))).toBe(false);
    expect(live(until + 3600).has(metricOf('stop'))).toBe(true);
  });

  it('has groups that share a shape, each member later by its lag', () => {
    const all = [...seedSeries({ ...options, resolutionSeconds: 10 })];
    for (const group of ['group-now', 'group-before']) {
      const members = all.flatMap(({ incidents }) => incidents.filter((one) => one.group === group));
      expect(members.map(({ lagSeconds }) => lagSeconds)).toEqual([0, 20, 60, 120]);
      for (const { start, lagSeconds } of members) expect(start - lagSeconds!).toBe(members[0]!.start);
    }
  });

  it.each([10, 60])('has the first of a group alone in its datapoint, every %i s, and nothing else shows within three minutes of a group that goes on', (resolutionSeconds) => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const end = until + 7 * seed;
      const all = [...seedSeries({ ...options, until: end, metrics: 100, seed, resolutionSeconds })].flatMap(({ incidents }) => incidents);
      for (const group of ['group-now', 'group-before']) {
        const [first, second] = all.filter((one) => one.group === group).map(({ start }) => Math.ceil(start / resolutionSeconds));
        expect(second).toBeGreaterThan(first!);
      }
      const shown = ({ start }: Incident): number => Math.ceil(start / resolutionSeconds) * resolutionSeconds;
      const now = all.filter(({ group }) => group === 'group-now').map(shown);
      const others = all.filter((one) => one.group === undefined && one.end === end).map(shown);
      expect(others.filter((time) => time >= Math.min(...now) - 180 && time <= Math.max(...now) + 180)).toEqual([]);
    }
  });

  it('has one metric that moves faintly with the group, and no label', () => {
    const faint = planSeed({ ...options, metrics: 100 }).filter(({ incidents }) => incidents.some((one) => one.faint));
    expect(faint).toHaveLength(1);
    const [series] = [...seedSeries({ ...options, metrics: 100 })].filter(({ metric }) => metric === faint[0]!.model.metric);
    expect(series!.incidents).toEqual([]);
    for (const ensemble of ['default', 'nine'] as const) expect(isFlagged(series!, ensemble)).toBe(false);
  });

  it('has what a kind says: a stop no datapoints, a flat one value, a dip zeros', () => {
    const during = (kind: string): number[] => {
      const { timestamps, values, incidents } = [...seedSeries(options)].find((series) => series.incidents.some((one) => one.kind === kind))!;
      return Array.from(values).filter((_, i) => timestamps[i]! >= incidents[0]!.start && timestamps[i]! < incidents[0]!.end);
    };
    expect(during('stop')).toEqual([]);
    expect(new Set(during('flat')).size).toBe(1);
    expect(new Set(during('dip'))).toEqual(new Set([0]));
  });
});
