import { shardOf } from '@skylark/core';
import { firstSlot, intervalSeconds, type MetricPlan, type Plan, windowSeconds } from './plan.js';
import type { SeriesTable } from './memory/series-table.js';

/** The first slot's time, seconds. */
export const startSeconds = firstSlot * intervalSeconds;
/** Datapoints are there before their time, as if all senders' clocks were ahead: whatever clock judges a slot finds its datapoints. */
const slotsAhead = 7;
const slotsBefore = windowSeconds / intervalSeconds + 2;

/** Writes what the metrics of a run say, bit by bit. */
export interface Feeder {
  /** Everything that has arrived when a slot (counted from the first) is judged; of one shard, or of all. */
  feed(slot: number, shard?: number): void;
}

export function createFeeder(table: SeriesTable, { metrics, shards }: Plan): Feeder {
  const fed = metrics.map(() => -slotsBefore);
  return {
    feed(slot, shard) {
      for (const [number, plan] of metrics.entries()) {
        if (shard !== undefined && shardOf(plan.metric, shards) !== shard) continue;
        const until = Math.max(fed[number]!, slot + slotsAhead + 1);
        table.append(Array.from({ length: until - fed[number]! }, (_, i) => fed[number]! + i).flatMap((at) => pointAt(plan, number, at)));
        fed[number] = until;
      }
    },
  };
}

function pointAt({ metric, bursts, silences }: MetricPlan, number: number, slot: number): { metric: string; timestamp: number; value: number }[] {
  const within = (spans: MetricPlan['bursts']): boolean => spans.some(([from, until]) => slot >= from && slot < until);
  if (within(silences)) return [];
  // A burst of every other metric rises: its peak moves from slot to slot.
  const level = within(bursts) ? 500 + (number % 2) * 40 * slot : 100;
  return [{ metric, timestamp: startSeconds + slot * intervalSeconds, value: level + noise(slot + 1000 * number) }];
}

const noise = (at: number): number => (Math.imul(at + 7919, 2654435761) >>> 0) / 2 ** 32;
