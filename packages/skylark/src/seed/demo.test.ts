import { defaultEnsembleSettings, judge } from '@skylark/algorithms';
import { describe, expect, it } from 'vitest';
import { createDemo, demoPrefix } from './demo.js';
import type { SeedSeries } from './seed-series.js';

const anchor = 1_764_000_017;
const demo = createDemo({ seed: 1, anchor });
const day = 86_400;

function isFlagged({ metric, timestamps, values }: SeedSeries, now: number): boolean {
  const first = timestamps.findIndex((timestamp) => timestamp >= now - day);
  const end = timestamps.findLastIndex((timestamp) => timestamp <= now) + 1;
  return judge({ metric, timestamps: timestamps.subarray(first, end), values: values.subarray(first, end) }, now, defaultEnsembleSettings).status === 'anomalous';
}

describe('the demo', () => {
  it('has the same datapoints in its history and live, however the time is cut', () => {
    const span = { from: anchor - 600, until: anchor + 1200 };
    const history = new Map([...demo.history(span.from, span.until)].flatMap(({ metric, timestamps, values }) => Array.from(timestamps, (timestamp, i) => [`${metric} ${timestamp}`, values[i]] as const)));
    const cuts = [span.from, anchor - 599.5, anchor, anchor + 13, anchor + 700, span.until];
    const live = new Map(cuts.slice(1).flatMap((until, i) => demo.live(cuts[i]!, until)).map(({ metric, timestamp, value }) => [`${metric} ${timestamp}`, value] as const));
    expect(live).toEqual(history);
    expect(live.size).toBeGreaterThan(2500);
  });

  it('has names below its prefix only', () => {
    expect(demo.live(anchor, anchor + 30).every(({ metric }) => metric.startsWith(demoPrefix))).toBe(true);
  });

  it.each([1, 2, 3])('has at least six incidents at its start, with a group that lags by 20 to 120 s, and the nine flag those, seed %i', (seed) => {
    const one = createDemo({ seed, anchor });
    const ongoing = one.incidents(anchor, anchor + 1);
    const flagged = [...one.history(anchor - day, anchor)].filter((series) => isFlagged(series, anchor)).map(({ metric }) => metric);
    expect(flagged.length).toBeGreaterThanOrEqual(6);
    expect(flagged.filter((metric) => !ongoing.some((incident) => incident.metric === metric))).toEqual([]);
    expect(ongoing.filter(({ group }) => group === 'overload-eu-1').map(({ lagSeconds }) => lagSeconds).sort((a, b) => a! - b!)).toEqual([0, 20, 40, 80, 120]);
  });

  it('raises no flag in two hours that is not one of its incidents, and flags nearly all it has', () => {
    const labels = demo.incidents(anchor, anchor + 7200).filter(({ kind, start }) => kind !== 'stop' && start < anchor + 6600);
    const flagged = new Set<unknown>();
    for (const series of demo.history(anchor - day, anchor + 7200)) {
      for (let now = anchor + 60; now < anchor + 7200; now += 60) {
        if (!isFlagged(series, now)) continue;
        const label = labels.find(({ metric, start, end }) => metric === series.metric && start <= now && now < end + 120);
        expect([series.metric, now - anchor, label !== undefined]).toEqual([series.metric, now - anchor, true]);
        flagged.add(label);
      }
    }
    expect(flagged.size / labels.length).toBeGreaterThan(0.9);
  });

  it('goes on for ever: in any hour, years from now, incidents begin and end', () => {
    for (const later of [day, 40 * day, 2000 * day]) {
      const incidents = demo.incidents(anchor + later, anchor + later + 3600);
      expect(incidents.length).toBeGreaterThanOrEqual(6);
      for (const { start, end } of incidents) expect(end - start).toBeLessThanOrEqual(3600);
    }
  });

  it('never has two incidents of one metric at a time', () => {
    const all = demo.incidents(anchor - day, anchor + 3 * day).toSorted((a, b) => a.metric.localeCompare(b.metric) || a.start - b.start);
    expect(all.length).toBeGreaterThan(500);
    for (const [i, { metric, start }] of all.entries()) {
      const before = all[i - 1];
      if (before?.metric === metric) expect(start).toBeGreaterThanOrEqual(before.end);
    }
  });
});
