import type { Series, Verdict } from '@skylark/core';
import type { Outage } from './outage.js';

/** What one slot saw of one metric. Logic knows no other time than `now`, the slot's. */
export interface Observation {
  readonly metric: string;
  /** The slot's time, seconds. */
  readonly now: number;
  /** The window up to and including `now`; empty where the metric has left it. */
  readonly series: Series;
  /** null: nothing new to judge since the last slot. */
  readonly verdict: Verdict | null;
  /** When nothing could arrive at all; such time is no silence of the metric. */
  readonly outages: readonly Outage[];
}
