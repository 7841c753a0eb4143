import { describe, expect, it } from 'vitest';
import { exampleAnomaly as anomaly } from '../data/example-anomaly.js';
import { countSeverities, filterAnomalies, holdOrder, readHidden, stepFrom, toggleHidden } from './list-view.js';

const list = [anomaly({ id: 'a', metric: 'web.01.CPU' }), anomaly({ id: 'b', metric: 'db.latency', severity: 'minor' }), anomaly({ id: 'c', metric: 'web.02.latency', severity: 'minor', acknowledged: true })];
const idsOf = (words: string, hidden = ''): string => filterAnomalies(list, { words, hidden: readHidden(hidden) }).map(({ id }) => id).join('');

describe('filterAnomalies', () => {
  it('wants every word, ignoring case', () => {
    expect([idsOf(''), idsOf('cpu'), idsOf('latency'), idsOf('web latency'), idsOf('nothing')]).toEqual(['abc', 'a', 'bc', 'c', '']);
  });

  it('takes a word with a star as a glob of the whole name', () => {
    expect([idsOf('web.*'), idsOf('*.latency'), idsOf('*2*'), idsOf('w*b*y'), idsOf('web*web.01.cpu'), idsOf('*')]).toEqual(['ac', 'bc', 'c', 'c', '', 'abc']);
  });

  it('leaves out hidden severities and what is acknowledged', () => {
    expect([idsOf('', 'minor'), idsOf('', 'acknowledged'), idsOf('', 'critical,acknowledged'), idsOf('', 'nonsense')]).toEqual(['a', 'ab', 'b', 'abc']);
  });

  it('has its hidden kinds in the address', () => {
    expect(toggleHidden(readHidden(null), 'minor')).toBe('minor');
    expect(toggleHidden(readHidden('minor,warning'), 'minor')).toBe('warning');
    expect(toggleHidden(readHidden('minor'), 'minor')).toBeNull();
  });
});

describe('countSeverities', () => {
  it('counts each band and what is acknowledged', () => {
    expect(countSeverities(list)).toEqual({ critical: 1, major: 0, minor: 2, warning: 0, acknowledged: 1 });
  });
});

describe('holdOrder', () => {
  it('lets a free list run', () => {
    expect(holdOrder(list, null)).toEqual({ shown: list, waiting: 0 });
  });

  it('keeps rows in their places, drops what left, counts what came', () => {
    const { shown, waiting } = holdOrder(list, ['c', 'gone', 'a']);
    expect(shown.map(({ id }) => id)).toEqual(['c', 'a']);
    expect(waiting).toBe(1);
  });
});

describe('stepFrom', () => {
  it('walks without leaving the list', () => {
    expect(stepFrom(['a', 'b'], 'a', 1)).toBe('b');
    expect(stepFrom(['a', 'b'], 'b', 1)).toBe('b');
    expect(stepFrom(['a', 'b'], 'a', -1)).toBe('a');
    expect(stepFrom(['a', 'b'], null, 1)).toBe('a');
    expect(stepFrom(['a', 'b'], 'gone', -1)).toBe('a');
    expect(stepFrom([], 'a', 1)).toBeNull();
  });
});
