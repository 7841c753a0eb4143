import { describe, expect, it } from 'vitest';
import { applyEvent } from './anomaly-cache.js';
import { exampleAnomaly as anomaly } from './example-anomaly.js';

const list = { total: 2, anomalies: [anomaly({ id: 'a', score: 80 }), anomaly({ id: 'b', score: 40 })] };
const after = (...event: [Parameters<typeof applyEvent>[1], Parameters<typeof applyEvent>[2]]): string => {
  const { total, anomalies } = applyEvent(list, ...event);
  return `${total}: ${anomalies.map(({ id, score }) => `${id}${score}`).join(' ')}`;
};

describe('applyEvent', () => {
  it('puts what opened or changed in its place by score', () => {
    expect(after('opened', anomaly({ id: 'c', score: 60 }))).toBe('3: a80 c60 b40');
    expect(after('updated', anomaly({ id: 'b', score: 90 }))).toBe('2: b90 a80');
    expect(after('annotated', anomaly({ id: 'a', score: 80, acknowledged: true }))).toBe('2: a80 b40');
  });

  it('takes out what closed or was removed', () => {
    expect(after('closed', anomaly({ id: 'a', state: 'closed', end: 2000 }))).toBe('1: b40');
    expect(after('removed', anomaly({ id: 'b' }))).toBe('1: a80');
  });

  it('adds nothing that is not open, and changes nothing then', () => {
    expect(applyEvent(list, 'annotated', anomaly({ id: 'z', state: 'closed' }))).toBe(list);
    expect(applyEvent(list, 'removed', anomaly({ id: 'z' }))).toBe(list);
  });
});
