import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phrase } from '../phrase.js';
import { defaultStreamSettings, type StreamSettings } from '../stream-detector.js';
import { defaultDetector, warmUp } from './default-detector.js';

const start = 1_699_999_200;
const minute = 60;
const hour = 3600;
const day = 86_400;
const alert = 50;

interface Run {
  readonly scores: readonly number[];
  readonly levels: readonly number[];
  readonly state: Float64Array;
}

function run(values: readonly number[], { interval = 5 * minute, settings = defaultStreamSettings, from = start }: { interval?: number; settings?: StreamSettings; from?: number } = {}): Run {
  const state = new Float64Array(defaultDetector.stateLength);
  const levels: number[] = [];
  const scores = values.map((value, row) => {
    const score = defaultDetector.step(state, from + row * interval, value, settings);
    levels.push(defaultDetector.level(state));
    return score;
  });
  return { scores, levels, state };
}

/** Uniform in [-1, 1), from a hash of the row: the same noise in every run. */
const noise = (row: number, salt = 1): number => {
  let mixed = Math.imul(row + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 31 - 1;
};
const rows = <Value>(count: number, valueOf: (row: number) => Value): Value[] => Array.from({ length: count }, (_, row) => valueOf(row));
const perDay = 288;
const quiet = rows(7 * perDay, (row) => 50 + noise(row));
const rhythm = rows(21 * perDay, (row) => 100 + 40 * Math.sin((2 * Math.PI * row) / perDay) + 2 * noise(row));
const from = (values: readonly number[], row: number, change: (value: number, at: number) => number): number[] => values.map((value, at) => (at < row ? value : change(value, at)));
const alertsOf = ({ scores }: Run): number[] => [...scores.keys()].filter((row) => scores[row]! >= alert);

describe('the default detector', () => {
  it('keeps at most 512 doubles a metric, whatever it has seen', () => {
    expect(defaultDetector.stateLength).toBeLessThanOrEqual(512);
    expect(run(rhythm).state).toHaveLength(defaultDetector.stateLength);
  });

  it('says nothing for the first 60 datapoints, and little of quiet ones', () => {
    const burst = rows(warmUp, (row) => (row === 40 ? 1e6 : noise(row)));
    expect(Math.max(...run(burst).scores)).toBe(0);
    expect(alertsOf(run(quiet))).toEqual([]);
    expect(alertsOf(run(rhythm))).toEqual([]);
  });

  it.each([['rises', 12], ['falls', -12]])('finds one value that %s far out of noise, at once', (_, size) => {
    expect(alertsOf(run(quiet.map((value, row) => (row === 1500 ? value + size : value))))).toEqual([1500]);
  });

  it('tells a shift once, sees that it goes on, and takes it for normal in time', () => {
    const shifted = run(from(quiet, 1000, (value) => value + 15));
    expect(alertsOf(shifted)).toEqual([1000]);
    for (let row = 1000; row < 1010; row += 1) expect(shifted.levels[row], `row ${row}`).toBeGreaterThan(25);
    expect(Math.max(...shifted.levels.slice(1400))).toBeLessThan(25);
  });

  it('sees that a burst goes on, and that it is over', () => {
    const burst = run(quiet.map((value, row) => (row >= 1500 && row < 1512 ? value + 15 : value)));
    expect(alertsOf(burst)[0]).toBe(1500);
    for (let row = 1500; row < 1512; row += 1) expect(burst.levels[row], `row ${row}`).toBeGreaterThan(25);
    expect(Math.max(...burst.levels.slice(1524))).toBeLessThan(25);
  });

  it('finds a metric that falls to zero and stays there, a line that becomes flat, and one that moves more', () => {
    const first = (values: readonly number[]) => alertsOf(run(values))[0] ?? Infinity;
    expect(first(from(quiet, 1500, () => 0))).toBe(1500);
    expect(first(from(quiet, 1500, () => 50))).toBeLessThan(1500 + 10);
    expect(first(from(quiet, 1500, (value, row) => value + 6 * noise(row, 2)))).toBeLessThan(1500 + 40);
  });

  it('learns the day: what is usual in the afternoon is odd at night, and a day left out is noticed', () => {
    const night = 20 * perDay + Math.round(0.75 * perDay);
    const spike = rhythm.map((value, row) => (row === night ? value + 20 : value));
    expect(spike[night]).toBeLessThan(100);
    expect(alertsOf(run(spike))).toContain(night);
    const missed = run(from(rhythm, 20 * perDay, (_, row) => 100 + 2 * noise(row, 3)));
    expect(alertsOf(missed).filter((row) => row >= 10 * perDay)[0]).toBeLessThan(20.5 * perDay);
    expect(Math.max(...missed.levels.slice(10 * perDay, 20 * perDay))).toBeLessThan(25);
  });

  it('finds a level that drifts away slowly, in steadiness and in rhythm, and is used to it in the end', () => {
    const steady = rows(21 * perDay, (row) => 50 + noise(row));
    for (const values of [steady, rhythm]) {
      const drifted = alertsOf(run(from(values, 15 * perDay, (value, row) => value + 12 * Math.min(1, (row - 15 * perDay) / perDay))));
      expect(drifted[0]).toBeGreaterThan(15 * perDay);
      expect(drifted[0]).toBeLessThan(15.5 * perDay);
      expect(drifted.at(-1)).toBeLessThan(16 * perDay);
    }
  });

  it('judges a counter by its rate, and a reset is nothing', () => {
    let total = 0;
    const counter = rows(2000, (row) => (row === 900 ? (total = 3) : (total += 1000 + Math.round(50 * noise(row)))));
    expect(alertsOf(run(counter))).toEqual([]);
    expect(alertsOf(run(from(counter, 1500, (value) => value + 3000)))).toEqual([1500]);
    const early = counter.map((value, row) => (row < 5 ? 5e6 + value : value - counter[4]!));
    expect(alertsOf(run(early))).toEqual([]);
    expect(alertsOf(run(from(early, 1500, (value) => value + 3000)))).toEqual([1500]);
    const still = run(from(counter, 1500, () => counter[1499]!));
    expect(alertsOf(still)[0]).toBe(1500);
    expect(defaultDetector.report(still.state, defaultStreamSettings).explanation).toMatch(/ a second \(a counter, at /);
  });

  it('finds a spike in a metric whose first weekends were news', () => {
    const weekend = (row: number): boolean => Math.floor(row / perDay) % 7 >= 5;
    const weekly = rows(28 * perDay, (row) => (weekend(row) ? 30 : 100) + noise(row));
    const spiked = weekly.map((value, row) => (row === 16.5 * perDay ? value + 10 : value));
    expect(alertsOf(run(spiked)).filter((row) => row > 14 * perDay)).toEqual([16.5 * perDay]);
  });

  it('is not moved by a pause, a change of resolution, a plateau or few values', () => {
    const state = new Float64Array(defaultDetector.stateLength);
    let at = start;
    const scores = rows(4000, (row) => {
      at += row === 1500 ? 6 * hour : row < 2500 ? 5 * minute : minute;
      return defaultDetector.step(state, at, 50 + noise(row), defaultStreamSettings);
    });
    expect(Math.max(...scores)).toBeLessThan(alert);
    expect(alertsOf(run(rows(4000, (row) => Math.round(3 + 0.8 * noise(row)))))).toEqual([]);
    expect(alertsOf(run(rows(14 * perDay, (row) => (row % perDay < 96 ? 0 : 20 + noise(row))))).filter((row) => row > 3 * perDay)).toEqual([]);
  });

  it('lets a change of daylight-saving time pass where the zone is known', () => {
    const change = start + 21 * day;
    const utcOffset = (timestamp: number): number => (timestamp < change ? 2 * hour : hour);
    const local = (row: number): number => start + row * 5 * minute + utcOffset(start + row * 5 * minute);
    const values = rows(28 * perDay, (row) => 20 + 80 * Math.exp(-((((local(row) % day) - 13 * hour) / (1.2 * hour)) ** 2)) + noise(row));
    const highest = (settings: StreamSettings) => Math.max(...run(values, { settings }).levels.slice(21 * perDay, 23 * perDay));
    expect(highest({ utcOffset })).toBeLessThan(25);
    expect(highest(defaultStreamSettings)).toBeGreaterThan(alert);
  });
});

/** A series of stretches of all kinds, some of them odd. */
const stretch = fc.record({
  count: fc.integer({ min: 1, max: 120 }),
  level: fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(0, 0, 1000)),
  spread: fc.constantFrom(0, 0, 1, 1, 20),
  slope: fc.constantFrom(0, 0, 0, 1, 7),
  salt: fc.integer({ min: 1, max: 1000 }),
});
const series = fc.array(stretch, { minLength: 1, maxLength: 8 }).map((stretches) =>
  stretches.flatMap(({ count, level, spread, slope, salt }) => rows(count, (row) => level + slope * row + Math.round(64 * spread * noise(row, salt)) / 64)));

describe('the default detector on random series', () => {
  it('scores a value with what came before it, wherever the series is cut, and after a restart as without', () => {
    fc.assert(fc.property(series, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const cut = Math.floor(share * values.length);
      const whole = run(values);
      const begun = run(values.slice(0, cut));
      expect(begun.scores).toEqual(whole.scores.slice(0, cut));
      const kept = Float64Array.from(begun.state);
      const resumed = values.slice(cut).map((value, row) => defaultDetector.step(kept, start + (cut + row) * 5 * minute, value, defaultStreamSettings));
      expect(resumed).toEqual(whole.scores.slice(cut));
      expect(kept).toEqual(whole.state);
    }));
  });

  it('does not depend on the unit, nor on the level of a gauge', () => {
    let alerts = 0;
    fc.assert(fc.property(series, fc.constantFrom(2 ** -20, 2 ** 10, 1000), fc.constantFrom(2 ** 20, -(2 ** 17)), (values, factor, offset) => {
      const gauge = [...[1, 0.5, 1, 0.5, 1, 0.5, 1].map((step) => values[0]! + step), ...values];
      const { scores } = run(gauge);
      run(gauge.map((value) => value * factor)).scores.forEach((score, row) => expect(score, `row ${row}`).toBeCloseTo(scores[row]!, 6));
      run(gauge.map((value) => value + offset)).scores.forEach((score, row) => expect(score, `row ${row}`).toBeCloseTo(scores[row]!, 6));
      alerts += scores.filter((score) => score >= alert).length;
    }));
    expect(alerts).toBeGreaterThan(10);
  });

  it('never answers anything but 0 to 100, nor keeps anything but numbers, whatever it is fed', () => {
    const wild = fc.oneof({ weight: 5, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) }, fc.double(), fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 0, -0, NaN, Infinity));
    const gap = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(10, 60, 60, 60, 0.001, 1e-300, 1e6) }, fc.double());
    fc.assert(fc.property(fc.array(fc.tuple(wild, gap), { minLength: 60, maxLength: 300 }), (datapoints) => {
      const slab = new Float64Array(defaultDetector.stateLength + 2).fill(7);
      const state = slab.subarray(1, -1).fill(0);
      let at = -1e6;
      for (const [value, step] of datapoints) {
        at += step;
        const score = defaultDetector.step(state, at, value, defaultStreamSettings);
        if (!Number.isFinite(at)) at = 0;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        const { expected, explanation, detectors } = defaultDetector.report(state, defaultStreamSettings);
        expect(Number.isFinite((expected?.low ?? 0) + (expected?.high ?? 0))).toBe(true);
        expect(`${explanation} ${JSON.stringify(detectors)}`).not.toMatch(/NaN|Infinity|null/);
        if (score > 25.01) expect(explanation).not.toMatch(/nothing odd/);
      }
      expect(state.every(Number.isFinite)).toBe(true);
      expect([slab[0], slab.at(-1)]).toEqual([7, 7]);
    }));
  });

  it('ignores a datapoint that is not above the last, or is no number', () => {
    const { state } = run(quiet.slice(0, 100));
    const before = Float64Array.from(state);
    const last = start + 99 * 5 * minute;
    expect(defaultDetector.lastTimestamp(state)).toBe(last);
    for (const [timestamp, value] of [[last, 999], [last - 1, 999], [last + 300, NaN], [last + 300, Infinity], [NaN, 1], [Infinity, 1]] as const) expect(defaultDetector.step(state, timestamp, value, defaultStreamSettings)).toBe(0);
    expect(state).toEqual(before);
  });
});

describe('its report', () => {
  it('says what was expected, what came, why that is odd and since when', () => {
    const odd = from(quiet.slice(0, 1501), 1500, (value) => value + 12);
    const { state, scores } = run(odd);
    const report = defaultDetector.report(state, defaultStreamSettings);
    expect(report.score).toBe(scores.at(-1));
    expect(report.direction).toBe('up');
    expect(report.expected!.low).toBeGreaterThan(40);
    expect(report.expected!.high).toBeLessThan(58);
    expect(report.detectors.map(({ name }) => name)).toEqual(defaultDetector.parts);
    expect(report.detectors[0]).toMatchObject({ name: 'forecast', vote: true });
    expect(report.explanation).toContain(phrase(odd.at(-1)!));
    expect(report.explanation).toMatch(/^[\d.]+, [\d.]+ to [\d.]+ expected: above every forecast.*; the oddest in 5 days\.$/);
  });

  it('says that too little is known, and that nothing is odd', () => {
    const fresh = defaultDetector.report(new Float64Array(defaultDetector.stateLength), defaultStreamSettings);
    expect(fresh).toMatchObject({ score: 0, expected: null, direction: null });
    expect(defaultDetector.lastTimestamp(new Float64Array(defaultDetector.stateLength))).toBeNull();
    expect(defaultDetector.report(run(quiet.slice(0, 30)).state, defaultStreamSettings).explanation).toMatch(/too little is known/);
    const usual = defaultDetector.report(run(quiet).state, defaultStreamSettings);
    expect(usual.explanation).toMatch(/ expected: nothing odd\.$/);
    expect(usual.detectors.every(({ vote }) => vote === false)).toBe(true);
  });

  it('keeps to what was expected when an oddity began, for as long as it goes on', () => {
    const { state } = run(from(quiet.slice(0, 1010), 1000, (value) => value + 15));
    const { expected, direction } = defaultDetector.report(state, defaultStreamSettings);
    expect(expected!.high).toBeLessThan(58);
    expect(direction).toBe('up');
  });

  it('says when it was odder', () => {
    const twice = quiet.slice(0, 1501).map((value, row) => (row === 1000 ? value + 40 : row === 1500 ? value + 25 : value));
    expect(defaultDetector.report(run(twice).state, defaultStreamSettings).explanation).toMatch(/; odder 42 h ago\.$/);
  });

  it('counts the repeats of a flat line', () => {
    const { state } = run(from(quiet.slice(0, 1520), 1500, () => 50));
    expect(defaultDetector.report(state, defaultStreamSettings).explanation).toMatch(/the same value came 20 times in a row, where 1 was the most before/);
  });
});
