import { defaultDetector, defaultStreamSettings } from '@skylark/algorithms';
import { describe, expect, it } from 'vitest';
import { createDemo, demoPrefix } from './demo.js';
import type { SeedSeries } from './seed-series.js';

const anchor = 1_764_000_017;
const demo = createDemo({ seed: 1, anchor });
const day = 86_400;

const openAt = 25;

/** Times at which the default detector sees something new. */
function flaggedTimes({ timestamps, values }: SeedSeries): number[] {
  const state = new Float64Array(defaultDetector.stateLength);
  return Array.from(timestamps).filter((timestamp, i) => defaultDetector.step(state, timestamp, values[i]!, defaultStreamSettings) >= openAt);
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

  it.each([1, 2, 3])('has at least ten that are found going on at its start, and a group that lags by 30 to 120 s apart from all else, seed %i', (seed) => {
    const one = createDemo({ seed, anchor });
    const ongoing = one.incidents(anchor, anchor + 1);
    const isOf = (metric: string, time: number): boolean => ongoing.some((incident) => incident.metric === metric && time >= incident.start);
    const found = [...one.history(anchor - day, anchor)].filter((series) => flaggedTimes(series).some((time) => isOf(series.metric, time))).map(({ metric }) => metric);
    expect(found.length + ongoing.filter(({ kind }) => kind === 'stop').length).toBeGreaterThanOrEqual(12);
    const group = ongoing.filter(({ group }) => group === 'overload-eu-1');
    expect(group.map(({ lagSeconds }) => lagSeconds).sort((a, b) => a! - b!)).toEqual([0, 30, 60, 90, 120]);
    expect(group.filter(({ metric }) => !found.includes(metric))).toEqual([]);
    const [first, last] = [Math.min(...group.map(({ start }) => start)), Math.max(...group.map(({ start }) => start))];
    const others = one.incidents(first - 3600, anchor + 600).filter((incident) => incident.group === undefined);
    expect(others.filter(({ start }) => start > first - 200 && start < last + 200)).toEqual([]);
  });

  it('raises next to no flag that is not one of its incidents, and flags most it has, in a day and two hours after it', () => {
    const labels = demo.incidents(anchor - day + 7200, anchor + 7200).filter(({ kind, start }) => kind !== 'stop' && kind !== 'drift' && start < anchor + 6600);
    const found = new Set<unknown>();
    const strays: string[] = [];
    for (const series of demo.history(anchor - day, anchor + 7200)) {
      for (const time of flaggedTimes(series)) {
        const label = demo.incidents(time - 600, time + 1).find(({ metric, start, end }) => metric === series.metric && start <= time && time < end + 600);
        if (label === undefined) strays.push(`${series.metric} ${time - anchor}`);
        for (const one of labels) if (one.metric === series.metric && one.start <= time && time < one.end + 120) found.add(one);
      }
    }
    expect(strays.length, strays.join()).toBeLessThanOrEqual(3);
    expect(found.size / labels.length).toBeGreaterThan(0.7);
  });

  it('goes on for ever: in any hour, years from now, incidents begin and end', () => {
    for (const later of [day, 40 * day, 2000 * day]) {
      const incidents = demo.incidents(anchor + later, anchor + later + 3600);
      expect(incidents.length).toBeGreaterThanOrEqual(2);
      for (const { start, end } of incidents) expect(end - start).toBeLessThanOrEqual(7200);
    }
  });

  it('never has two incidents of one metric at a time', () => {
    const all = demo.incidents(anchor - day, anchor + 3 * day).toSorted((a, b) => a.metric.localeCompare(b.metric) || a.start - b.start);
    expect(all.length).toBeGreaterThan(180);
    for (const [i, { metric, start }] of all.entries()) {
      const before = all[i - 1];
      if (before?.metric === metric) expect(start).toBeGreaterThanOrEqual(before.end);
    }
  });
});
