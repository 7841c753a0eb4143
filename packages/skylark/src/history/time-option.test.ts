import { expect, it } from 'vitest';
import { UsageError } from '../cli/command-context.js';
import { timeOption } from './time-option.js';

const now = 1_764_000_000;

it.each([
  [undefined, undefined],
  ['now', now],
  ['now-6h', now - 21_600],
  ['now-1.5h', now - 5400],
  ['1396311000', 1_396_311_000],
  ['2014-04-01 00:10:00', 1_396_311_000],
])('%j is the time %j', (text, seconds) => expect(timeOption(text, now)).toBe(seconds));

it.each(['', 'now-', 'now-6', 'now+6h', 'now-6 hours', 'noon', '6h'])('%j is no time, and it says what is', (text) => {
  expect(() => timeOption(text, now)).toThrow(UsageError);
  expect(() => timeOption(text, now)).toThrow(/now-6h/);
});
