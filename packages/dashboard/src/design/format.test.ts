import { describe, expect, it } from 'vitest';
import { formatAge, formatDistance, formatRange, formatShortSpan, formatSpan, formatTime, formatTook, formatValue, plural } from './format.js';

describe('formatValue', () => {
  it('keeps four digits, short', () => {
    expect([0, 412, 0.123456, -3.14159, 9999.4, 12_345.6, 12_345_678, 1.5e-7, 2e17].map(formatValue)).toEqual(['0', '412', '0.1235', '-3.142', '9,999', '12,346', '12.3M', '1.50e-7', '2.00e17']);
  });

  it('is coarser in a range', () => {
    expect(formatRange({ low: 238.0759, high: 385.81 })).toBe('238 to 386');
    expect(formatRange({ low: 0, high: 1e7 })).toBe('0 to 10M');
  });

  it('shows no number that is none', () => {
    expect(formatValue(Number.NaN)).toBe('–');
  });
});

describe('formatAge', () => {
  it('names one or two units', () => {
    expect([-3, 0, 59.9, 60, 3599, 3600, 11_100, 36_000, 86_400, 172_800, 864_000].map(formatAge)).toEqual(['0 s', '0 s', '59 s', '1 min', '59 min', '1 h', '3 h 5 min', '10 h', '24 h', '2 d', '10 d']);
  });
});

describe('times', () => {
  const noon = new Date(2026, 10, 21, 12, 0, 0).getTime() / 1000;

  it('leave the date out on the same day only', () => {
    expect(formatTime(noon - 3600, noon)).toBe('11:00:00');
    expect(formatTime(noon - 86_400, noon)).toBe('20 Nov 12:00:00');
    expect(formatTime(noon - 365 * 86_400, noon)).toBe('21 Nov 12:00:00');
    expect(formatSpan(noon - 60, noon, noon)).toBe('11:59:00 – 12:00:00');
    expect(formatShortSpan(noon - 86_460, noon - 86_400, noon)).toBe('20 Nov 11:59 – 12:00');
    expect(formatShortSpan(noon - 60, noon, noon)).toBe('11:59 – 12:00');
    expect(formatSpan(noon - 86_460, noon - 86_400, noon)).toBe('20 Nov 11:59:00 – 12:00:00');
    expect(formatSpan(noon - 86_400, noon, noon)).toBe('20 Nov 12:00:00 – 12:00:00');
  });
});

describe('small figures', () => {
  it('read well', () => {
    expect([0.26, 9.96, 184.4, 1234].map(formatTook)).toEqual(['0.3 ms', '10.0 ms', '184 ms', '1.2 s']);
    expect([0.4219, 12.84].map(formatDistance)).toEqual(['0.42', '12.8']);
    expect([plural(1, 'metric'), plural(1440, 'point'), plural(2, 'entry', 'entries')]).toEqual(['1 metric', '1,440 points', '2 entries']);
  });
});
