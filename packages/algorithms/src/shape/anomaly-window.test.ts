import { describe, expect, it } from 'vitest';
import { cutToAnomaly, widestAnomalyWindow } from './anomaly-window.js';

const start = 1_700_000_000;
const closed = { start, end: start + 600, lastFlagged: start + 600, updated: start + 900 };
const open = { ...closed, end: null };

function cut(stepSeconds: number, anomaly: typeof closed | typeof open) {
  const { from, until } = widestAnomalyWindow(anomaly);
  const timestamps = Float64Array.from({ length: Math.ceil((until - from) / stepSeconds) }, (_, i) => from + i * stepSeconds);
  return cutToAnomaly({ metric: 'm', timestamps, values: timestamps.slice() }, anomaly);
}

describe("an anomaly's window", () => {
  it('is an hour of context and the span, its last datapoint included', () => {
    const { window, series } = cut(10, closed);
    expect(window).toEqual({ from: start - 3600, until: start + 601 });
    expect(series.timestamps[0]).toBe(start - 3600);
    expect(series.timestamps.at(-1)).toBe(start + 600);
    expect(series.values).toHaveLength(421);
  });

  it('ends with the latest judgement while it is open', () => {
    expect(cut(10, open).window.until).toBe(start + 901);
  });

  it('reaches further back where data is coarse, but not beyond a day', () => {
    expect(cut(300, closed).window.from).toBe(start - 32 * 300);
    expect(cut(3600, closed).window.from).toBe(start - 86_400);
  });

  it('holds the first day of a long anomaly', () => {
    expect(cut(60, { ...closed, end: start + 7 * 86_400 }).window.until).toBe(start + 86_401);
  });

  it('is the usual one where there is no data at all', () => {
    const empty = { metric: 'm', timestamps: new Float64Array(0), values: new Float64Array(0) };
    expect(cutToAnomaly(empty, closed)).toEqual({ window: { from: start - 3600, until: start + 601 }, series: empty });
  });
});
