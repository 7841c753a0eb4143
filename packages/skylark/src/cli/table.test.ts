import { describe, expect, it } from 'vitest';
import { formatTime, printable, table } from './table.js';

describe('table', () => {
  it('aligns text to the left and numbers to the right', () => {
    expect(table(['name', 'n'], [['a', 5], ['long', 123]])).toBe('name    n\na       5\nlong  123');
  });

  it('has a header even without rows', () => expect(table(['a', 'b'], [])).toBe('a  b'));

  it('measures a hostile name by what it shows', () => {
    const [, first = '', second = ''] = table(['name', 'n'], [['\u001b[2J', 1], ['b', 2]]).split('\n');
    expect(first).toBe('\\u001b[2J  1');
    expect(second).toHaveLength(first.length);
  });
});

describe('printable', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u009b31m', '\\u009b31m'],
    ['cpu\u202egnp', 'cpu\\u202egnp'],
    ['\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
    ['we\u200bb', 'we\\u200bb'],
    ['\u0000', '\\u0000'],
  ])('makes %j harmless', (text, shown) => expect(printable(text)).toBe(shown));

  it.each(['web.eu-1', 'naïve', '温度', 'مقياس', '🦤'])('leaves %s alone', (text) => expect(printable(text)).toBe(text));
});

it('formatTime writes whole seconds without a fraction', () => {
  expect(formatTime(1_396_311_000)).toBe('2014-04-01T00:10:00Z');
  expect(formatTime(1_396_311_000.5)).toBe('2014-04-01T00:10:00.500Z');
});
