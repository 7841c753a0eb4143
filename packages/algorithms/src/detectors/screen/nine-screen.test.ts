import type { Series } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultEnsembleSettings, type EnsembleSettings } from '../ensemble/ensemble-settings.js';
import { judge } from '../ensemble/judge.js';
import { nine } from '../registry.js';
import { nineScreen } from './nine-screen.js';

const soak = process.env['SKYLARK_SOAK'] === '1';
const origin = 1_700_000_000;

/** Stretches of curves that follow one another: what quiet metrics do, and what nobody would think of. */
const shape = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('noise' as const), size: fc.constantFrom(0.01, 1, 1, 50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('heavy' as const), size: fc.constantFrom(1, 20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wave' as const), size: fc.constantFrom(1, 30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ramp' as const), size: fc.constantFrom(-3, 0.001, 0.2, 1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flat' as const), size: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('counts' as const), size: fc.constantFrom(1, 4) }) },
);
const stretch = fc.record({ shape, level: fc.constantFrom(0, 0, 0, 0.1, 5, -40, 1e9), pause: fc.constantFrom(0, 0, 0, 0, 900, 20_000), share: fc.double({ min: 0.05, max: 1, noNaN: true }), resolution: fc.constantFrom(1, 1, 1, 2, 5) });
const ending = fc.oneof({ weight: 2, arbitrary: fc.constant<number[]>([]) }, { weight: 3, arbitrary: fc.array(fc.oneof(fc.double({ min: -200, max: 200, noNaN: true }), fc.constantFrom(0, 1e12, -1e6)), { minLength: 1, maxLength: 6 }) });
const input = fc.record({
  fullDuration: fc.constantFrom(7200, 14_400, 86_400),
  resolution: fc.constantFrom(10, 30, 60, 300),
  stretches: fc.array(stretch, { minLength: 1, maxLength: 4 }),
  ending,
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  late: fc.double({ min: 0, max: 59, noNaN: true }),
});

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never;

function seriesOf({ fullDuration, resolution, stretches, ending: odd, seed }: Input): Series {
  const next = random(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const [timestamps, values]: [number[], number[]] = [[], []];
  let time = origin;
  const push = (value: number, step: number): void => {
    timestamps.push(time);
    values.push(value);
    time += step;
  };
  for (const { shape: { kind, size }, level, pause, share, resolution: factor } of stretches) {
    time += pause;
    const step = resolution * factor;
    const count = Math.min(3000, Math.ceil((0.8 * share * fullDuration) / step));
    for (let i = 0; i < count; i += 1) {
      const value = { noise: () => size * normal(), heavy: () => size * Math.exp(1.5 * normal()), wave: () => size * Math.sin((2 * Math.PI * i) / 200) + normal() / 10, ramp: () => size * i, flat: () => 0, counts: () => Math.floor(size * next() * next()) }[kind]();
      push(level + value, step);
    }
  }
  for (const value of odd) push(value, resolution);
  return { metric: 'm', timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
}

const windowAt = ({ metric, timestamps, values }: Series, from: number, now: number): Series => {
  const [first, end] = [timestamps.findIndex((time) => time >= from), timestamps.findLastIndex((time) => time <= now) + 1];
  return { metric, timestamps: timestamps.subarray(first, end), values: values.subarray(first, end) };
};

/** Compares at several instants, the last one among them; counts what was screened out, and what was anomalous. */
function compare(series: Series, fullDuration: number, settings: EnsembleSettings, { late, every }: { late: number; every: number }): { screened: number; anomalous: number; asked: number } {
  const screen = nineScreen(fullDuration);
  const state = new Float64Array(screen.stateLength);
  const { length } = series.timestamps;
  let [screened, anomalous, asked] = [0, 0, 0];
  for (let i = 0; i < length; i += 1) {
    expect(screen.push(state, series.timestamps[i]!, series.values[i]!)).toBe(true);
    if (i < length - 6 && i % every !== every - 1) continue;
    const now = Math.max(series.timestamps[i]!, Math.min(series.timestamps[i]! + late, (series.timestamps[i + 1] ?? Infinity) - 1e-3));
    const could = screen.couldBeAnomalous(state, now, settings);
    const verdict = judge(windowAt(series, now - fullDuration, now), now, settings);
    if (verdict.status === 'anomalous' && !could) throw new Error(`missed at ${i} of ${length}: ${JSON.stringify(verdict.votes)}`);
    asked += 1;
    screened += Number(!could);
    anomalous += Number(verdict.status === 'anomalous');
  }
  return { screened, anomalous, asked };
}

describe('the screen of the nine', () => {
  it('never misses an anomalous series, whatever the settings', () => {
    const total = { screened: 0, anomalous: 0, asked: 0 };
    const chosen = fc.record({
      consensus: fc.constantFrom(6, 6, 6, 5, 4, 7, 9),
      dialect: fc.constantFrom<'fixed' | 'etsy'>('fixed', 'fixed', 'etsy'),
      detectors: fc.option(fc.subarray(nine.map(({ name }) => name), { minLength: 1 }), { freq: 5 }),
      maxTolerableBoredom: fc.constantFrom(100, 100, 20),
      boredomSetSize: fc.constantFrom(1, 1, 1, 2, 0),
    });
    fc.assert(fc.property(input, chosen, (given, settings) => {
      const { screened, anomalous, asked } = compare(seriesOf(given), given.fullDuration, { ...defaultEnsembleSettings, fullDuration: given.fullDuration, ...settings }, { late: given.late, every: 97 });
      [total.screened, total.anomalous, total.asked] = [total.screened + screened, total.anomalous + anomalous, total.asked + asked];
    }), { numRuns: soak ? 20_000 : 400 });
    expect(total.anomalous).toBeGreaterThan(total.asked / 50);
    expect(total.screened).toBeGreaterThan(total.asked / 5);
  }, soak ? 3_600_000 : 60_000);

  it('never misses a detector that only just fires, whatever the window cuts off', () => {
    const odd = fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), count: fc.integer({ min: 1, max: 400 }), level: fc.constantFrom(-1000, -30, 4, 30, 1000) });
    const cutting = fc.record({ input, odd, detector: fc.constantFrom('mean_subtraction_cumulation', 'stddev_from_average', 'stddev_from_moving_average', 'grubbs', 'least_squares'), up: fc.boolean() });
    const [fired, close] = [new Map<string, number>(), new Map<string, number>()];
    fc.assert(fc.property(cutting, ({ input: given, odd: { place, count, level }, detector, up }) => {
      const { fullDuration, late } = given;
      const series = seriesOf({ ...given, ending: [] });
      const last = series.timestamps.length - 1;
      const now = series.timestamps[last]! + late;
      // Something odd around where the window begins, inside or outside of it or both.
      const bucket = fullDuration / 24;
      const middle = series.timestamps.findIndex((time) => time >= now - fullDuration + bucket * (1.2 * place - 0.6));
      if (middle < 0) return;
      for (let i = Math.max(0, middle - (count >> 1)); i < Math.min(last - 3, middle + (count >> 1)); i += 1) series.values[i]! += level;
      const settings = { ...defaultEnsembleSettings, fullDuration, detectors: [detector], boredomSetSize: 0 };
      const screen = nineScreen(fullDuration);
      const before = new Float64Array(screen.stateLength);
      for (let i = 0; i < last; i += 1) screen.push(before, series.timestamps[i]!, series.values[i]!);
      const asked = (value: number): { fires: boolean; could: boolean } => {
        series.values[last] = value;
        const state = before.slice();
        screen.push(state, series.timestamps[last]!, value);
        return { fires: judge(windowAt(series, now - fullDuration, now), now, settings).status === 'anomalous', could: screen.couldBeAnomalous(state, now, settings) };
      };
      let [quiet, loud] = [series.values[last]!, series.values[last]! + (up ? 1 : -1) * 1e7];
      if (asked(quiet).fires || !asked(loud).fires) return;
      for (let round = 0; round < 60; round += 1) {
        const middleValue = (quiet + loud) / 2;
        const { fires, could } = asked(middleValue);
        if (fires && !could) throw new Error(`${detector} fires at ${middleValue} unseen`);
        if (fires) loud = middleValue;
        else quiet = middleValue;
      }
      fired.set(detector, (fired.get(detector) ?? 0) + 1);
      if (!asked(quiet - 0.15 * (loud - series.values[0]!)).could) close.set(detector, (close.get(detector) ?? 0) + 1);
    }), { numRuns: soak ? 100_000 : 2000 });
    expect([...fired.values()].every((count) => count > 10) && fired.size === 5).toBe(true);
    expect(close.size).toBeGreaterThanOrEqual(4);
  }, soak ? 3_600_000 : 60_000);

  it.each([10, 60])('spares nearly every quiet series the reading, at %i s', (resolution) => {
    const next = random(7);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const day = 86_400 / resolution;
    const kinds: ((i: number) => number)[] = [
      () => 100 + normal(), (i) => 50 + 20 * Math.sin((2 * Math.PI * i) / day) + normal(), () => Math.round(30 + 2 * normal()), (i) => 1e6 + 500 * i + 60 * normal(), () => 20 * Math.exp(0.3 * normal()),
    ];
    for (const [kind, value] of kinds.entries()) {
      const timestamps = Float64Array.from({ length: Math.floor(1.3 * day) }, (_, i) => origin + resolution * i);
      const series = { metric: 'm', timestamps, values: timestamps.map((_, i) => value(i)) };
      const { screened, asked } = compare(series, 86_400, defaultEnsembleSettings, { late: 3, every: Math.floor(day / 60) });
      expect(screened / asked, `kind ${kind}`).toBeGreaterThan(0.6);
    }
  });

  it('says nothing of short series, of bounds, and of what is not finite', () => {
    const screen = nineScreen(86_400);
    const feed = (count: number, value: (i: number) => number): Float64Array => {
      const state = new Float64Array(screen.stateLength);
      for (let i = 0; i < count; i += 1) screen.push(state, origin + 60 * i, value(i));
      return state;
    };
    const now = origin + 60 * 1439;
    expect(screen.couldBeAnomalous(feed(1440, (i) => i % 7), now, defaultEnsembleSettings)).toBe(false);
    expect(screen.couldBeAnomalous(feed(50, (i) => i % 7), origin + 60 * 49, defaultEnsembleSettings)).toBe(true);
    expect(screen.couldBeAnomalous(feed(1440, (i) => i % 7), now, { ...defaultEnsembleSettings, high: 100 })).toBe(true);
    expect(screen.couldBeAnomalous(feed(1440, (i) => (i % 7) * 1e200), now, defaultEnsembleSettings)).toBe(true);
    expect(screen.couldBeAnomalous(feed(1440, () => 5), now, defaultEnsembleSettings)).toBe(false);
  });

  it.each([2500, 2590, 2600, 2610, 3110, 5000])('knows that the moving average forgets all before its last 2,600 datapoints: noise, then %i zeroes, then all but zero', (zeroes) => {
    const settings = { ...defaultEnsembleSettings, detectors: ['stddev_from_moving_average'], boredomSetSize: 0 };
    for (const last of [-3e-9, -1e-12, 1e-6, 40]) {
      const values = [...Array.from({ length: 432 }, (_, i) => 50 * Math.sin(i * i)), ...new Array<number>(zeroes).fill(0), last];
      const timestamps = Float64Array.from(values, (_, i) => origin + 10 * i);
      const screen = nineScreen(86_400);
      const state = new Float64Array(screen.stateLength);
      values.forEach((value, i) => screen.push(state, timestamps[i]!, value));
      const now = timestamps.at(-1)!;
      const fires = judge({ metric: 'm', timestamps, values: Float64Array.from(values) }, now, settings).status === 'anomalous';
      if (zeroes >= 2600) expect(fires).toBe(true);
      expect(screen.couldBeAnomalous(state, now, settings) || !fires, String(last)).toBe(true);
    }
  });

  it('takes timestamps in ascending order only', () => {
    const screen = nineScreen(86_400);
    const state = new Float64Array(screen.stateLength);
    expect([10, 20, 20, 15, 30].map((time) => screen.push(state, time, 1))).toEqual([true, true, false, false, true]);
    expect(screen.stateLength * 8).toBeLessThan(2048);
  });
});
