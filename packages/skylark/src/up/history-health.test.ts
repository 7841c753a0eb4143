import { expect, it } from 'vitest';
import { historyHealth } from './history-health.js';

const gauge = (value: number) => [{ name: 'skylark_series_behind', help: '', kind: 'gauge' as const, labels: {}, value }];

it('how far history was gone through is said where anybody goes through it, and is never a fault', () => {
  expect(historyHealth([])).toEqual([]);
  expect(historyHealth(gauge(0))).toEqual([{ name: 'history', ok: true, reason: 'gone through' }]);
  expect(historyHealth(gauge(7))[0]?.reason).toContain('7 series');
});
