import type { ListedAnomaly } from './api-types.js';

/** An anomaly for tests, with what matters to them said. */
export function exampleAnomaly(said: Partial<ListedAnomaly> & { id: string }): ListedAnomaly {
  return {
    metric: `metric.${said.id}`, kind: 'deviation', state: 'open', start: 1000, end: null, peak: 1060, value: 412, score: 78, severity: 'critical', expected: { low: 38, high: 60 },
    votes: {}, detectors: [], explanation: '7 of 9 tests agree.', updated: 1060, acknowledged: false, mutedUntil: null, feedback: null, note: null, ...said,
  };
}
