import type { HealthCheck, Sample } from '@skylark/core';

/** A line that is always ok: how many series the ensemble `default` has yet to go through before it judges them. None where it does not judge. */
export function historyHealth(samples: readonly Sample[]): HealthCheck[] {
  const behind = samples.find(({ name }) => name === 'skylark_series_behind')?.value;
  if (behind === undefined) return [];
  return [{ name: 'history', ok: true, reason: behind === 0 ? 'gone through' : `${behind} series to go through before they are judged` }];
}
