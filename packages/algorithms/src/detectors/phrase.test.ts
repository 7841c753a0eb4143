import { expect, it } from 'vitest';
import { phrase } from './phrase.js';

it.each([
  [0, '0'], [-0.00012345678, '-0.00012346'], [1234.5678, '1234.6'], [999_994, '999990'], [999_996, '1M'], [-6_214_300_000, '-6.2143B'], [2e12, '2T'], [1e15, '1000000000000000'], [1e-300, '1e-300'], [NaN, 'NaN'],
])('writes %d in a sentence as %s', (value, text) => {
  expect(phrase(value)).toBe(text);
});
