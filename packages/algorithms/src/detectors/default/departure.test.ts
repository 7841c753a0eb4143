import { describe, expect, it } from 'vitest';
import { departureEvidence, departureLength } from './departure.js';

const day = 86_400;

/** Days with the given furthest distance each, reached at noon. */
function after(furthest: readonly number[]): Float64Array {
  const state = new Float64Array(departureLength);
  furthest.forEach((off, number) => departureEvidence(state, 0, off, (number + 0.5) * day));
  return state;
}

const nine = Array.from({ length: 9 }, () => 0.1);

describe('departureEvidence', () => {
  it('is what its example says, and three times nearer nothing', () => {
    expect(departureEvidence(after(nine), 0, 0.3, 9.5 * day)).toBeCloseTo(12.6, 9);
    expect(departureEvidence(after(nine), 0, 0.1, 9.5 * day)).toBe(0);
  });

  it('says nothing before three days are known, nor of a course that is unknown', () => {
    expect(departureEvidence(after([0.1, 0.1]), 0, 100, 2.5 * day)).toBe(0);
    expect(departureEvidence(after([0.1, 0.1, 0.1]), 0, 100, 3.5 * day)).toBeGreaterThan(0);
    expect(departureEvidence(after([0, 0, 0, 0]), 0, 100, 4.5 * day)).toBe(0);
  });

  it('asks more where days differ more', () => {
    const uneven = nine.map((off, number) => off * (number % 2 === 0 ? 1 : 4));
    const [even, odd] = [after(nine), after(uneven)].map((state) => departureEvidence(state, 0, 0.5, 9.5 * day));
    expect(odd).toBeLessThan(even! / 2);
  });

  it('tells what goes on once, and the next day only if it goes further', () => {
    const state = after(nine);
    expect(departureEvidence(state, 0, 1, 9.5 * day)).toBeGreaterThan(12);
    expect(departureEvidence(state, 0, 1, 9.6 * day)).toBe(0);
    expect(departureEvidence(state, 0, 0.75, 10.5 * day)).toBe(0);
    expect(departureEvidence(state, 0, 5, 10.6 * day)).toBeGreaterThan(12);
  });

  it('does not depend on the unit', () => {
    const [small, large] = [after(nine.map((off) => off * 2 ** -40)), after(nine)];
    expect(departureEvidence(small, 0, 0.2 * 2 ** -40, 9.5 * day)).toBeCloseTo(departureEvidence(large, 0, 0.2, 9.5 * day), 9);
  });
});
