import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHours, clear, cutBefore, decodeExtents, encodeExtents, endHour, firstHour, hoursOf, noExtents, widen } from './extents.js';

const blocks = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 50 })), { maxLength: 60 });

describe('extents', () => {
  it('cover every block that was ever written, and name its hour', () => {
    fc.assert(fc.property(blocks, (written) => {
      const extents = noExtents();
      for (const [id, hour] of written) widen(extents, id, hour);
      addHours(extents, written.map(([, hour]) => hour));
      const read = decodeExtents(encodeExtents(extents))!;
      for (const [id, hour] of written) expect(hoursOf(read, id)).toContain(hour);
      expect(read.hours).toEqual([...new Set(written.map(([, hour]) => hour))].sort((a, b) => a - b));
      const others = Array.from({ length: 210 }, (_, id) => id).filter((id) => !written.some(([one]) => one === id));
      expect(others.every((id) => hoursOf(read, id).length === 0)).toBe(true);
    }));
  });

  it('forget what is before an hour, and say whether there was any', () => {
    fc.assert(fc.property(blocks, fc.integer({ min: 0, max: 60 }), (written, from) => {
      const extents = noExtents();
      for (const [id, hour] of written) widen(extents, id, hour);
      addHours(extents, written.map(([, hour]) => hour));
      expect(cutBefore(extents, from)).toBe(written.some(([, hour]) => hour < from));
      for (const [id, hour] of written) {
        if (hour >= from) expect(hoursOf(extents, id)).toContain(hour);
        else expect(hoursOf(extents, id)).not.toContain(hour);
      }
      expect(cutBefore(extents, from)).toBe(false);
    }));
  });

  it('of an id can be cleared', () => {
    const extents = noExtents();
    widen(extents, 5, 9);
    clear(extents, 5);
    expect([firstHour(extents, 5), endHour(extents, 5), endHour(extents, 999)]).toEqual([0, 0, 0]);
  });

  it('that are damaged are none', () => {
    const extents = noExtents();
    widen(extents, 3, 7);
    const bytes = encodeExtents(extents);
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      expect(decodeExtents(flipped)).toBeNull();
    }
    expect(decodeExtents(Buffer.from('junk'))).toBeNull();
    expect(decodeExtents(Buffer.alloc(0))).toBeNull();
  });
});
