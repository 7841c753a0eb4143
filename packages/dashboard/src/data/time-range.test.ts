import { describe, expect, it } from 'vitest';
import { parseTime, windowOf } from './time-range.js';

describe('parseTime', () => {
  it('reads now, spans before it, seconds and ISO times', () => {
    expect(parseTime('now', 1000)).toBe(1000);
    expect(parseTime('now-6h', 100_000)).toBe(78_400);
    expect(parseTime('now-90min', 100_000)).toBe(94_600);
    expect(parseTime('1700000000.5', 0)).toBe(1_700_000_000.5);
    expect(parseTime('2026-11-21T12:00:00Z', 0)).toBe(1_795_262_400);
    expect(parseTime('2026-11-21T12:00:00', 0)).toBe(1_795_262_400);
    expect(parseTime('2026-11-21', 0)).toBe(1_795_219_200);
  });

  it('answers null to what it cannot read', () => {
    for (const text of ['', 'yesterday', 'now-6', 'now-6y', '-5', '12 monkeys', '2026-99-99']) expect(parseTime(text, 1000)).toBeNull();
  });
});

describe('windowOf', () => {
  it('is the last six hours unless told otherwise', () => {
    expect(windowOf({ from: null, until: null }, 100_000)).toEqual({ from: 78_400, until: 100_000 });
    expect(windowOf({ from: 'nonsense', until: null }, 100_000)).toEqual({ from: 78_400, until: 100_000 });
    expect(windowOf({ from: 'now-1h', until: null }, 100_000)).toEqual({ from: 96_400, until: 100_000 });
    expect(windowOf({ from: '10', until: '20' }, 100_000)).toEqual({ from: 10, until: 20 });
  });

  it('never answers an empty or turned window', () => {
    expect(windowOf({ from: '200000', until: null }, 100_000)).toEqual({ from: 96_400, until: 100_000 });
  });
});
