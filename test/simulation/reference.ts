import { defaultDetector, judge, type StreamDetector } from '@skylark/algorithms';
import { type Anomaly, type Clock, silentLogger, SkylarkError } from '@skylark/core';
import { createFeeder, poisonousValue } from './data.js';
import { createMemoryStore } from './memory/memory-store.js';
import { openMemory } from './memory/open-memory.js';
import type { Effect } from './observer.js';
import { firstSlot, type Plan, type Poison } from './plan.js';
import { settingsOf, shipped } from './shipped.js';

/** What judges in a run: the shipped judge, but for the poison. */
export function judgeWith(poisons: ReadonlyMap<string, Poison>, stall: (ms: number) => void): typeof judge {
  return (series, ...rest) => {
    const poison = poisons.get(series.metric);
    if (poison === 'throws') throw new RangeError('out of cheese');
    if (poison === 'slow') stall(2000);
    return judge(series, ...rest);
  };
}

/** The shipped detector, but for the poison: it knows no names. */
export const poisonedDetector: StreamDetector = {
  ...defaultDetector,
  step(state, timestamp, value, streamSettings) {
    if (value >= poisonousValue) throw new RangeError('out of cheese');
    return defaultDetector.step(state, timestamp, value, streamSettings);
  },
};

export function poisonsOf({ metrics }: Plan): Map<string, Poison> {
  return new Map(metrics.flatMap(({ metric, poison }) => (poison === null ? [] : [[metric, poison] as const])));
}

/** A slot that took effect: as a whole, or its findings alone, because their writer did not come to write the round record. */
export interface Attempt {
  readonly slot: number;
  readonly isWhole: boolean;
}

/** What took effect of a shard, slot by slot, in the order it reached the servers. */
export function attemptsOf(effects: readonly Effect[], shard: number): Attempt[] {
  const attempts: Attempt[] = [];
  for (const { slot, wrote } of effects.filter((one) => one.shard === shard)) {
    const last = attempts.at(-1);
    if (wrote === 'findings') attempts.push({ slot, isWhole: false });
    else if (last?.slot === slot && !last.isWhole) attempts[attempts.length - 1] = { slot, isWhole: true };
    else attempts.push({ slot, isWhole: true });
  }
  return attempts;
}

/**
 * The anomalies that the shipped analyzer finds when one worker alone makes these attempts, one after the other, shard by shard, and nothing else goes
 * wrong. Where only the findings took effect, its round record fails: like whoever came after the dead, it goes on from what the log and the last record say.
 */
export async function undisturbed(plan: Plan, attemptsByShard: ReadonlyMap<number, readonly Attempt[]>): Promise<readonly Anomaly[]> {
  const store = createMemoryStore({ shards: plan.shards, retentionSeconds: null, now: () => 0 });
  const feeder = createFeeder(store.series, plan, plan.metrics.filter(({ removed }) => removed === null).map((one) => ({ ...one, late: [] })));
  const clock: Clock = { now: () => 0, elapsedMs: () => 0, sleep: async () => undefined };
  const { series, anomalies: log, queue, state } = openMemory({ store, clock });
  const poisons = poisonsOf(plan);
  const sound = { ...series, read: async (...[metrics, window]: Parameters<typeof series.read>) => {
    if (metrics.some((metric) => poisons.get(metric) === 'unreadable')) throw new Error('bad checksum');
    return series.read(metrics, window);
  } };
  let recordFails = false;
  const failing = { ...state, set: async (...[key, value, expected, fence]: Parameters<typeof state.set>) => {
    if (recordFails && key.startsWith('analyzer/rounds/')) throw new SkylarkError('store-away', 'its writer is no more');
    return state.set(key, value, expected, fence);
  } };
  const analyzer = shipped.createAnalyzer({ series: sound, log, queue, state: failing, clock, logger: silentLogger, settings: settingsOf(plan), judge: judgeWith(poisons, () => undefined), detector: poisonedDetector });
  for (const [shard, attempts] of attemptsByShard) {
    for (const { slot, isWhole } of attempts) {
      feeder.feed(slot - firstSlot, shard);
      recordFails = !isWhole;
      await analyzer.judgeShard(shard, slot).catch((error: unknown) => {
        if (isWhole) throw error;
      });
    }
  }
  return store.log.query({ state: 'all', limit: 10_000 }).anomalies;
}
