import { describe, expect, it } from 'vitest';
import { resolutionOf } from './resolution.js';

describe('resolutionOf', () => {
  it('is the median distance, whatever the gaps', () => {
    expect(resolutionOf(Float64Array.of(0, 10, 20, 9000, 9010))).toBe(10);
    expect(resolutionOf(Float64Array.of(5, 5.5))).toBe(0.5);
  });

  it('is unknown below two datapoints', () => {
    expect(resolutionOf(Float64Array.of())).toBeNull();
    expect(resolutionOf(Float64Array.of(7))).toBeNull();
  });

  it('looks at all of a long series', () => {
    expect(resolutionOf(Float64Array.from({ length: 100_000 }, (_, i) => i * 30))).toBe(30);
  });
});
