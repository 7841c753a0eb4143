import { describe, expect, it } from 'vitest';
import { exampleAnomaly as anomaly } from '../data/example-anomaly.js';
import { lifeOf, shortReason, valueAgainstExpected, votesInWords } from './wording.js';

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
    expect(shortReason(anomaly({ id: 'a', votes: { one: true, two: false } }))).toBe('1 of 2 tests agree');
    expect(shortReason(anomaly({ id: 'a', kind: 'stopped', explanation: 'Stopped at noon.', acknowledged: true }))).toBe('Acknowledged. Stopped at noon.');
  });

  it('count votes by reports, else by votes', () => {
    expect(votesInWords(anomaly({ id: 'a', votes: { one: true, two: false, three: null } }))).toBe('1 of 3 tests agree');
    expect(votesInWords(anomaly({ id: 'a' }))).toBe('no votes');
  });
});
