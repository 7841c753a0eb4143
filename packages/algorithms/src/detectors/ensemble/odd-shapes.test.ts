import { describe, expect, it } from 'vitest';
import { evenSeries, repeat, ripple } from '../../../oracle/even-series.js';
import { defaultEnsembleSettings } from './ensemble-settings.js';
import { judge } from './judge.js';

const end = 1_700_000_000;
const noise = ripple(500);
const with_ = (values: number[], at: number, value: number): number[] => values.with(at, value);
type Expected = 'normal' | 'anomalous' | 'too-short' | 'boring' | 'stale' | 'error';
type Timing = Parameters<typeof evenSeries>[1] & { now?: number };

/** Shapes that make careless arithmetic stumble (reliability row 30), and the verdict that each must have. */
const shapes: [string, number[], Expected, Timing?][] = [
  ['nothing', [], 'too-short'],
  ['one value', [5], 'boring'],
  ['one zero', [0], 'boring'],
  ['two equal values', [5, 5], 'boring'],
  ['two values', [5, 6], 'normal'],
  ['three values', [5, 6, 7], 'normal'],
  ['three values, the last huge', [5, 6, 1e300], 'normal'],
  ['four values', [1, 2, 3, 4], 'normal'],
  ['a constant', repeat(7, 1000), 'boring'],
  ['zeros', repeat(0, 1000), 'boring'],
  ['zeros of both signs', Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 0 : -0)), 'boring'],
  ['a constant that ends a little otherwise', [...repeat(7, 999), 8], 'normal'],
  ['a constant that ends otherwise', [...repeat(7, 999), 100], 'anomalous'],
  ['a constant day that fell to zero for three points', [...repeat(100, 1437), 0, 0, 0], 'anomalous'],
  ['a constant with one old spike', [9e9, ...repeat(7, 99)], 'normal'],
  ['two values in turn', Array.from({ length: 500 }, (_, i) => i % 2), 'normal'],
  ['a step in the middle', [...repeat(0, 250), ...repeat(1, 250)], 'boring'],
  ['a ramp', Array.from({ length: 500 }, (_, i) => i), 'normal'],
  ['a counter that was reset', [...Array.from({ length: 497 }, (_, i) => 1000 * i), 0, 1000, 2000], 'normal'],
  ['exponential growth', Array.from({ length: 500 }, (_, i) => 1.1 ** i), 'anomalous'],
  ['noise', noise, 'normal'],
  ['noise with a spike now', with_(noise, 499, 1e4), 'anomalous'],
  ['noise with a spike long ago', with_(noise, 10, 1e4), 'normal'],
  ['tiny noise', noise.map((value) => value * 1e-300), 'normal'],
  ['denormal noise', noise.map((value) => value * 5e-322), 'normal'],
  ['huge noise', noise.map((value) => value * 1e300), 'normal'],
  ['noise on a huge level', noise.map((value) => 1e16 + value), 'boring'],
  ['the greatest and least numbers in turn', Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1.7e308 : -1.7e308)), 'normal'],
  ['values whose sum overflows', noise.map((value) => 1.5e308 + value * 1e307), 'normal'],
  ['values whose squares overflow', noise.map((value) => value * 1e200), 'normal'],
  ['a spike to the greatest number', with_(noise, 499, Number.MAX_VALUE), 'normal'],
  ['NaN at the start', with_(noise, 0, NaN), 'error'],
  ['NaN in the middle', with_(noise, 250, NaN), 'error'],
  ['NaN at the end', with_(noise, 499, NaN), 'error'],
  ['nothing but NaN', repeat(NaN, 50), 'boring'],
  ['one NaN', [NaN], 'boring'],
  ['infinity', with_(noise, 250, Infinity), 'error'],
  ['both infinities', with_(with_(noise, 250, Infinity), 251, -Infinity), 'error'],
  ['mostly zero, rare ones', Array.from({ length: 500 }, (_, i) => (i % 97 === 0 ? 1 : 0)), 'normal'],
  ['all datapoints at one instant', noise, 'normal', { resolution: 0 }],
  ['a datapoint every millisecond', noise, 'normal', { resolution: 0.001 }],
  ['a datapoint a day', noise, 'normal', { resolution: 86_400 }],
  ['a silence of ten minutes', noise, 'stale', { now: end + 600 }],
  ['datapoints of the future', noise, 'normal', { now: end - 86_400 }],
  ['times before the epoch', noise, 'normal', { end: -1000, now: -1000 }],
  ['times around zero', noise, 'normal', { end: 250 * 60, now: 250 * 60 }],
];

describe('judge on odd shapes', () => {
  it.each(shapes)('%s: a verdict without a NaN', (_, values, expected, timing = {}) => {
    for (const dialect of ['fixed', 'etsy'] as const) {
      for (const allVotes of [true, false]) {
        const verdict = judge(evenSeries(values, { end, ...timing }), timing.now ?? end, { ...defaultEnsembleSettings, dialect }, { allVotes });
        if (verdict.status === 'skipped') expect(verdict.reason).toBe(expected);
        else if (expected === 'error') expect(verdict).toMatchObject({ status: 'normal', reason: expect.stringMatching(/^error: [a-z_]+: /) as string });
        else expect(verdict.status).toBe(expected);
        expectFinite(verdict);
      }
    }
  });

  it('covers forty shapes', () => expect(shapes.length).toBeGreaterThanOrEqual(40));
});

function expectFinite(value: unknown, path = 'verdict'): void {
  if (typeof value === 'number') expect(Number.isFinite(value), path).toBe(true);
  else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) expectFinite(inner, `${path}.${key}`);
}
