import { describe, expect, it } from 'vitest';
import { extentOf, linear, padded, stretched } from './scale.js';

describe('scales', () => {
  it('span what is finite', () => {
    expect(extentOf([3, null, 1], [7, Number.NaN], undefined)).toEqual([1, 7]);
    expect(extentOf([null], [])).toBeNull();
  });

  it('leave room, for a flat line too', () => {
    expect(padded([0, 100])).toEqual([-8, 108]);
    expect(padded([50, 50])).toEqual([45, 55]);
    expect(padded([0, 0])).toEqual([-1, 1]);
  });

  it('are not pressed flat by a wide expected range', () => {
    expect(stretched([40, 60], { low: 38, high: 62 })).toEqual([38, 62]);
    expect(stretched([40, 60], { low: -1000, high: 50 })).toEqual([30, 60]);
    expect(stretched([40, 60], null)).toEqual([40, 60]);
  });

  it('map a value to a place, downwards too, and an empty domain to the middle', () => {
    expect(linear([0, 10], 0, 100)(5)).toBe(50);
    expect(linear([0, 10], 28, 0)(10)).toBe(0);
    expect(linear([5, 5], 0, 100)(5)).toBe(50);
  });
});
