import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byDistance, createNearest } from './nearest.js';
import type { Ranked } from './nearest.js';

const none = new Float64Array(0);
const ranked = fc.record({
  distance: fc.constantFrom(0, 1, 1.5, 2),
  candidate: fc.record({
    metric: fc.constantFrom('a', 'b', 'c'), source: fc.constantFrom('live' as const, 'anomaly' as const), id: fc.string({ maxLength: 2 }),
    from: fc.constant(0), until: fc.constant(1), points: fc.constant(none), shape: fc.constant(none),
  }),
});

describe('the nearest', () => {
  it('are the first of all that were offered, in order, whatever the order they came in', () => {
    fc.assert(fc.property(fc.array(ranked, { maxLength: 40 }), fc.nat(12), (offered: Ranked[], count) => {
      const nearest = createNearest(count);
      for (const one of offered) if (one.distance <= nearest.limit) nearest.offer(one);
      const key = ({ distance, candidate: { metric, source, id } }: Ranked): string => `${distance} ${metric} ${source} ${id}`;
      expect(nearest.sorted().map(key)).toEqual([...offered].sort(byDistance).slice(0, count).map(key));
    }), { numRuns: 500 });
  });
});
