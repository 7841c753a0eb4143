import { expect, it } from 'vitest';
import { saidSince } from './said-since.js';

it('a sentence tells since when, and stays one sentence', () => {
  expect(saidSince('412, 38 to 60 expected: above every forecast.', 1_764_000_030)).toBe('412, 38 to 60 expected: above every forecast; since 2025-11-24 16:00 UTC.');
});

it('a time beyond the calendar is left out', () => {
  expect(saidSince('Odd.', 1e15)).toBe('Odd.');
});
