import { describe, expect, it } from 'vitest';
import { exampleAnomaly as anomaly } from '../data/example-anomaly.js';
import { lifeOf, shortReason, valueAgainstExpected, votesInWords } from './wording.js';

const nine = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`test_${i}`, i < 2 ? true : i < 3 ? null : false]));

describe('the words of an anomaly', () => {
  it('set the value against what was expected', () => {
    expect(valueAgainstExpected(anomaly({ id: 'a' }))).toBe('412, expected 38 to 60');
    expect(valueAgainstExpected(anomaly({ id: 'a', expected: null }))).toBe('412');
    expect(valueAgainstExpected(anomaly({ id: 'a', kind: 'stopped' }))).toBe('Stopped; last value 412');
  });

  it('say how long it lasts or lasted', () => {
    expect(lifeOf(anomaly({ id: 'a', start: 1000 }), 1720)).toBe('open for 12 min');
    expect(lifeOf(anomaly({ id: 'a', start: 1000, end: 1180 }), 4780)).toBe('lasted 3 min, ended 1 h ago');
  });

  it('give a short reason', () => {
    const explanation = '335.72, 165 to 220 expected: above every forecast; its recent course is like none before; since 2026-11-21 14:05 UTC.';
    expect(shortReason(anomaly({ id: 'a', votes: { forecast: true, novelty: true, rhythm: false }, explanation }))).toBe('Above every forecast; its recent course is like none before');
    expect(shortReason(anomaly({ id: 'a', votes: nine }))).toBe('2 of 9 tests agree');
    expect(shortReason(anomaly({ id: 'a', kind: 'stopped', explanation: 'Stopped at noon.', acknowledged: true }))).toBe('Acknowledged. Stopped at noon.');
  });

  it('name the parts that fired, and count the tests where there are many; by reports, else by votes', () => {
    expect(votesInWords(anomaly({ id: 'a', votes: { forecast: true, novelty: false, flat_line: true } }))).toBe('seen by forecast and flat line');
    expect(votesInWords(anomaly({ id: 'a', votes: { forecast: false } }))).toBe('seen by no part alone');
    expect(votesInWords(anomaly({ id: 'a', votes: nine }))).toBe('2 of 9 tests agree');
    expect(votesInWords(anomaly({ id: 'a' }))).toBe('no votes');
  });
});
