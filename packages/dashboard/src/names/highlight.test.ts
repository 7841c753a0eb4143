import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAtRanges } from './highlight.js';

describe('cutAtRanges', () => {
  it('marks the letters that matched, however the ranges are written', () => {
    const expected = [{ text: 'web', matched: true }, { text: '.c', matched: false }, { text: 'pu', matched: true }];
    expect(cutAtRanges('web.cpu', [[0, 3], [5, 7]])).toEqual(expected);
    expect(cutAtRanges('web.cpu', [0, 3, 5, 7])).toEqual(expected);
    expect(cutAtRanges('web.cpu', undefined)).toEqual([{ text: 'web.cpu', matched: false }]);
  });

  it('loses no letter, whatever the ranges say', () => {
    const range = fc.tuple(fc.integer({ min: -3, max: 30 }), fc.integer({ min: -3, max: 30 }));
    fc.assert(fc.property(fc.string({ maxLength: 20 }), fc.array(range), (name, ranges) => cutAtRanges(name, ranges).map(({ text }) => text).join('') === name));
  });
});
