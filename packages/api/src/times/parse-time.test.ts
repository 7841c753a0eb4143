import { describe, expect, it } from 'vitest';
import { parseTime } from './parse-time.js';

const now = 1_763_728_800;

describe('parseTime', () => {
  it.each([
    ['0', 0],
    ['1763728800', 1_763_728_800],
    ['1763728800.25', 1_763_728_800.25],
    ['now', now],
    ['now-6h', now - 21_600],
    ['now-1h30m', now - 5400],
    ['now+5m', now + 300],
    ['now-90s', now - 90],
    ['now-15min', now - 900],
    ['now-2d', now - 172_800],
    ['now-1w', now - 604_800],
    ['now-0.5h', now - 1800],
    ['2025-11-21T12:00:00Z', 1_763_726_400],
    ['2025-11-21T13:00:00.500+01:00', 1_763_726_400.5],
    ['2025-11-21', 1_763_683_200],
  ])('reads %s', (text, seconds) => {
    expect(parseTime(text)?.(now)).toBe(seconds);
  });

  it.each(['', ' ', 'now-', 'now-6', 'now-6y', 'now 6h', '-6h', '-5', '+5', '1e9', '0x10', 'NaN', 'Infinity', '1763728800000000', 'yesterday', '2025-11-21T12:00:00', '2025-13-01', 'now-6h-', '1_000', '١٢'])(
    'refuses %j',
    (text) => {
      expect(parseTime(text)).toBeNull();
    },
  );
});
