import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShares, groupOf, solveBudget } from './solve-budget.js';

const incidents = fc.array(fc.record({ leader: fc.constantFrom('a.x', 'a.y', 'b.x', 'c'), score: fc.integer({ min: 50, max: 100 }) }), { maxLength: 80 });

describe('solveBudget', () => {
  it('keeps the sum of what passes within the budget, and lets all pass where there is room', () => {
    fc.assert(fc.property(incidents, fc.integer({ min: 0, max: 10 }), (given, perDay) => {
      const { thresholds } = solveBudget(given, { perDay, days: 7, minScore: 50 });
      const from = new Map(thresholds.map(({ group, minScore }) => [group, minScore]));
      const passing = given.filter(({ leader, score }) => score >= from.get(groupOf(leader))!);
      expect(passing.length).toBeLessThanOrEqual(perDay * 7);
      if (given.length <= perDay * 7) expect(passing).toHaveLength(given.length);
    }));
  });

  it('does not let a noisy group take the part of a quiet one', () => {
    const noisy = Array.from({ length: 70 }, (_, i) => ({ leader: 'noisy.m', score: 60 + (i % 40) }));
    const quiet = [{ leader: 'quiet.m', score: 55 }];
    const from = new Map(solveBudget([...noisy, ...quiet], { perDay: 1, days: 7, minScore: 50 }).thresholds.map(({ group, minScore }) => [group, minScore]));
    expect(from.get('quiet')).toBe(50);
    expect(from.get('noisy')).toBeGreaterThan(90);
  });
});

describe('fairShares', () => {
  it('grants small wishes whole and parts the rest', () => {
    expect(Object.fromEntries(fairShares(new Map([['a', 1], ['b', 10], ['c', 10]]), 9))).toEqual({ a: 1, b: 4, c: 4 });
  });
});
