import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration, parseSize } from './units.js';

describe('durations', () => {
  it.each([['10s', 10], ['5m', 300], ['1.5h', 5400], ['14d', 1_209_600], ['2w', 1_209_600], ['250ms', 0.25]])('read %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));
  it.each(['', '10', '10 s', 's', '-5s', '1e3s', '10sec', '0x10s', '1d12h'])('refuse %j', (text) => expect(parseDuration(text)).toBeNull());
  it('are written in their largest whole unit', () => {
    expect([0.25, 10, 90, 300, 86_400, 1_209_600].map(formatDuration)).toEqual(['250ms', '10s', '90s', '5m', '1d', '14d']);
  });
});

describe('sizes', () => {
  it.each([['2GiB', 2 ** 31], ['500kB', 500_000], ['12B', 12]])('read %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it('refuse what has no unit', () => expect(parseSize('1024')).toBeNull());
});
