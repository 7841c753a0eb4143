import { describe, expect, it } from 'vitest';
import { utcOffsetOf } from './utc-offset.js';

const at = (text: string): number => Date.parse(text) / 1000;

describe('the offset of a zone', () => {
  it('follows daylight saving to the second', () => {
    const berlin = utcOffsetOf('Europe/Berlin');
    const change = at('2026-03-29T01:00:00Z');
    expect([berlin(change - 1), berlin(change), berlin(change - 0.001), berlin(at('2026-10-25T00:59:59Z')), berlin(at('2026-10-25T01:00:00Z'))]).toEqual([3600, 7200, 3600, 7200, 3600]);
    const howe = utcOffsetOf('Australia/Lord_Howe');
    expect(howe(at('2026-01-15T00:00:00Z')) - howe(at('2026-07-15T00:00:00Z'))).toBe(1800);
  });

  it('is that of quarter-hour zones, of UTC, and of other centuries', () => {
    expect(utcOffsetOf('Asia/Kathmandu')(at('2026-05-05T12:34:56Z'))).toBe(20_700);
    expect(utcOffsetOf('UTC')(1e9)).toBe(0);
    expect(utcOffsetOf('America/St_Johns')(at('2026-01-01T00:00:00Z'))).toBe(-12_600);
  });

  it('is the same asked again, in any order', () => {
    const york = utcOffsetOf('America/New_York');
    const times = Array.from({ length: 500 }, (_, i) => 1.6e9 + ((i * 7919) % 500) * 100_000);
    const first = times.map(york);
    expect([...times].reverse().map(york).reverse()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([-18_000, -14_400]));
  });

  it('of a zone that is none is refused by name', () => {
    expect(() => utcOffsetOf('Mars/Olympus')).toThrow(/Mars\/Olympus/);
  });
});
