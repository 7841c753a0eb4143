import type { TriggerHistory } from '@skylark/algorithms';
import type { AnomalyFinding } from '@skylark/core';

/** What is remembered of one metric from slot to slot. Findings are open, or closed and perhaps to be reopened. */
export interface MetricMemory {
  readonly deviation: AnomalyFinding | null;
  readonly stopped: AnomalyFinding | null;
  /** Only with `secondOrder`. */
  readonly triggers: TriggerHistory | null;
}

export const emptyMemory: MetricMemory = { deviation: null, stopped: null, triggers: null };

/** The finding after a slot, and what became different, in order of time. */
export interface Step {
  readonly current: AnomalyFinding | null;
  readonly changed: readonly AnomalyFinding[];
}

export const unchanged = (current: AnomalyFinding | null): Step => ({ current, changed: [] });
