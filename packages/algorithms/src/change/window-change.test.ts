import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ksChance, twoSampleKs } from './two-sample-ks.js';
import { windowChange } from './window-change.js';

const sample = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }).map((values) => Float64Array.from(values).sort());
const share = (values: Float64Array, most: number): number => values.filter((value) => value <= most).length / values.length;

describe('twoSampleKs', () => {
  it('is the largest difference of the two shares of values up to any value', () => {
    fc.assert(fc.property(sample, sample, (a, b) => {
      const largest = Math.max(...[...a, ...b].map((value) => Math.abs(share(a, value) - share(b, value))));
      expect(twoSampleKs(a, b)).toBeCloseTo(largest, 12);
    }));
  });
});

describe('ksChance', () => {
  it('agrees with published critical values', () => {
    // Massey 1951: 1.36 and 1.63 over the root of nm / (n + m), large samples.
    expect(ksChance(1.3581 / Math.sqrt(5000), 10_000, 10_000)).toBeCloseTo(0.05, 2);
    expect(ksChance(1.6276 / Math.sqrt(5000), 10_000, 10_000)).toBeCloseTo(0.01, 3);
    expect(ksChance(0, 10, 10)).toBe(1);
    expect(ksChance(1, 1000, 1000)).toBe(0);
  });
});

describe('windowChange', () => {
  const noise = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => ((Math.imul(from + i + 1, 2654435761) >>> 0) / 2 ** 32) - 0.5);
  const change = (baseline: number[], window: number[]) => windowChange(Float64Array.from(baseline), Float64Array.from(window));

  it('is large where a steady metric jumped, and small where a trend or a rhythm only went on', () => {
    const ramp = Array.from({ length: 300 }, (_, i) => i);
    const jumped = change(noise(0, 240), noise(240, 60).map((value) => value + 5))!;
    const trend = change(ramp.slice(0, 240), ramp.slice(240))!;
    const same = change(noise(0, 240), noise(240, 60))!;
    expect(jumped.statistic).toBeGreaterThan(0.6);
    expect(trend.statistic).toBeLessThan(0.3);
    expect(same.statistic).toBeLessThan(0.2);
    expect(jumped.pValue).toBeLessThan(1e-6);
    expect(same.pValue).toBeGreaterThan(0.01);
    expect(change(noise(0, 240), noise(240, 60).map((value) => value + 1))!.statistic).toBeLessThan(jumped.statistic);
  });

  it('is the greatest where a metric stopped, and unknown without a baseline', () => {
    expect(change(noise(0, 240), [])!.statistic).toBe(1);
    expect(change([1, 2, 3], [4])).toBeNull();
  });
});
