import type { AnomalyFinding } from '@skylark/core';
import { considerTrigger } from './consider-trigger.js';
import type { LifeSettings } from './life-settings.js';
import type { MetricMemory } from './metric-memory.js';
import type { Observation } from './observation.js';
import { stepDeviation } from './step-deviation.js';
import { stepStopped } from './step-stopped.js';

export interface MetricStep {
  readonly memory: MetricMemory;
  /** Findings that are new or not as before, in order of time. Empty: `memory` is the one that was given. */
  readonly changed: readonly AnomalyFinding[];
}

/**
 * One slot in the life of a metric: what was remembered and what is seen now give what is remembered from now on. The one step of the
 * rounds, of replay and of backtest; pure. Slots are taken in ascending order.
 *
 * With `secondOrder`, a trigger that is usual for the metric opens nothing; what is open goes on by the ensemble's word alone.
 */
export function stepMetric(memory: MetricMemory, observation: Observation, settings: LifeSettings): MetricStep {
  const second = settings.secondOrder ? considerTrigger(memory, observation) : { triggers: memory.triggers, pass: true };
  const deviation = stepDeviation(memory.deviation, observation, settings, ({ score }) => second.pass && score >= settings.openAt);
  const stopped = stepStopped(memory.stopped, observation, settings);
  const changed = [...deviation.changed, ...stopped.changed];
  if (changed.length === 0 && second.triggers === memory.triggers) return { memory, changed };
  return { memory: { deviation: deviation.current, stopped: stopped.current, triggers: second.triggers }, changed };
}
