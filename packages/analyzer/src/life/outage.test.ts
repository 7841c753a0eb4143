import { describe, expect, it } from 'vitest';
import { outagesBetween, timeOutside } from './outage.js';

describe('outages', () => {
  it('are the holes between heartbeats, and the one that lasts', () => {
    expect(outagesBetween(Float64Array.of(0, 10, 200, 210), 300, 60)).toEqual([{ from: 10, until: 200 }, { from: 210, until: 300 }]);
  });

  it('are none where there never was a heartbeat, and none before the first', () => {
    expect(outagesBetween(new Float64Array(0), 1000, 60)).toEqual([]);
    expect(outagesBetween(Float64Array.of(990), 1000, 60)).toEqual([]);
  });

  it('are taken out of a span as far as they lie in it', () => {
    const outages = [{ from: 0, until: 100 }, { from: 150, until: 160 }, { from: 190, until: 500 }];
    expect(timeOutside(outages, 50, 200)).toBe(150 - 50 - 10 - 10);
    expect(timeOutside(outages, 200, 400)).toBe(0);
    expect(timeOutside([], 5, 7)).toBe(2);
  });
});
