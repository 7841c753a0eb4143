import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missedSlots } from './scheduled.js';

describe('slots that were not judged', () => {
  it('are none when slot follows slot', () => {
    expect(missedSlots({ previous: 19, slot: 20, scheduled: { from: 3, slot: 20 } })).toEqual({ skipped: 0, coalesced: 0 });
    expect(missedSlots({ previous: null, slot: 20, scheduled: null })).toEqual({ skipped: 0, coalesced: 0 });
  });

  it('were coalesced when they had been scheduled, and skipped otherwise', () => {
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 17, slot: 20 } })).toEqual({ skipped: 6, coalesced: 3 });
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 3, slot: 20 } })).toEqual({ skipped: 0, coalesced: 9 });
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 20, slot: 20 } })).toEqual({ skipped: 9, coalesced: 0 });
    expect(missedSlots({ previous: null, slot: 20, scheduled: { from: 18, slot: 20 } })).toEqual({ skipped: 0, coalesced: 2 });
  });

  it('are told by a schedule that is a step behind, or ahead, just as well', () => {
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 3, slot: 10 } })).toEqual({ skipped: 9, coalesced: 0 });
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 25, slot: 26 } })).toEqual({ skipped: 9, coalesced: 0 });
    expect(missedSlots({ previous: 10, slot: 20, scheduled: { from: 3, slot: 22 } })).toEqual({ skipped: 0, coalesced: 9 });
  });

  it('are all of the gap, whatever was scheduled', () => {
    const slot = fc.integer({ min: 0, max: 30 });
    fc.assert(fc.property(slot, slot, slot, slot, (a, b, c, d) => {
      const [previous, now, from, until] = [Math.min(a, b), Math.max(a, b) + 1, Math.min(c, d), Math.max(c, d)];
      const { skipped, coalesced } = missedSlots({ previous, slot: now, scheduled: { from, slot: until } });
      expect(skipped + coalesced).toBe(now - previous - 1);
      expect(Math.min(skipped, coalesced)).toBeGreaterThanOrEqual(0);
    }));
  });
});
