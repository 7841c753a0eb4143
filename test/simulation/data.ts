import { shardOf } from '@skylark/core';
import { firstSlot, intervalSeconds, type MetricPlan, type Plan } from './plan.js';
import type { NamedPoint, SeriesTable } from './memory/series-table.js';

/** The first slot's time, seconds. */
export const startSeconds = firstSlot * intervalSeconds;
/** Datapoints are there before their time, as if all senders' clocks were ahead: whatever clock judges a slot finds its datapoints. */
const slotsAhead = 7;
/** Enough for the ensemble `default` to know a metric. */
const slotsBefore = 150;
/** Of datapoints that are late, slots after their own. */
const slotsLate = 5;
/** What the detector of a run chokes on. */
export const poisonousValue = 1e7;

/** Writes what the metrics of a run say, bit by bit. */
export interface Feeder {
  /** Everything that has arrived when a slot (counted from the first) is judged; of one shard, or of all. */
  feed(slot: number, shard?: number): void;
}

export function createFeeder(table: SeriesTable, { shards }: Plan, metrics: readonly MetricPlan[]): Feeder {
  const fed = metrics.map(() => -slotsBefore);
  return {
    feed(slot, shard) {
      for (const [number, plan] of metrics.entries()) {
        if (shard !== undefined && shardOf(plan.metric, shards) !== shard) continue;
        // Nothing to come is later than its slot by more than that.
        const until = slot + slotsAhead + 1;
        const points: NamedPoint[] = [];
        if (plan.removed?.comesBack === false && slot * intervalSeconds > plan.removed.at) continue;
        for (let at = fed[number]! - slotsAhead - slotsLate - 1; at < until; at += 1) {
          const arrives = arrivalOf(plan, at);
          if (at >= -slotsBefore && arrives >= fed[number]! && arrives < until) points.push(...pointAt(plan, number, at));
        }
        table.append(plan.jumbled ? points.reverse() : points);
        fed[number] = Math.max(fed[number]!, until);
      }
    },
  };
}

/** When a datapoint comes: those of feed `n` are `n + slotsAhead` and below. */
function arrivalOf({ jumbled, late }: MetricPlan, at: number): number {
  if (late.includes(at)) return at + slotsAhead + 1 + (at % slotsLate);
  return jumbled && noise(at) < 0.5 ? at + 1 : at;
}

function pointAt({ metric, bursts, silences, poison }: MetricPlan, number: number, slot: number): NamedPoint[] {
  const within = (spans: MetricPlan['bursts']): boolean => spans.some(([from, until]) => slot >= from && slot < until);
  if (within(silences)) return [];
  // A burst of every other metric rises: its peak moves from slot to slot.
  const level = within(bursts) ? 500 + (number % 2) * 40 * slot : 100;
  const value = poison === 'throws' ? poisonousValue : level;
  return [{ metric, timestamp: startSeconds + slot * intervalSeconds, value: value + noise(slot + 1000 * number) }];
}

const noise = (at: number): number => (Math.imul(at + 7919, 2654435761) >>> 0) / 2 ** 32;
