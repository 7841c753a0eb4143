import { secondOrder, type TriggerHistory } from '@skylark/algorithms';
import type { MetricMemory } from './metric-memory.js';
import type { Observation } from './observation.js';

/** Whether a trigger is unusual among the metric's own, and what is remembered of them from now on; see `secondOrder`. */
export function considerTrigger({ triggers }: MetricMemory, { verdict, series }: Observation): { readonly triggers: TriggerHistory | null; readonly pass: boolean } {
  const [at, value] = [series.timestamps.at(-1), series.values.at(-1)];
  if (verdict?.status !== 'anomalous' || at === undefined || value === undefined || at === triggers?.lastAt) return { triggers, pass: false };
  const { history, pass } = secondOrder(triggers, { at, value });
  return { triggers: history, pass };
}
