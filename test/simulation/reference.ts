import { judge } from '@skylark/algorithms';
import { type Anomaly, type Clock, silentLogger } from '@skylark/core';
import { createFeeder } from './data.js';
import { createMemoryStore } from './memory/memory-store.js';
import { openMemory } from './memory/open-memory.js';
import { firstSlot, type Plan, type Poison } from './plan.js';
import { settings, shipped } from './shipped.js';

/** What judges in a run: the shipped judge, but for the poison. */
export function judgeWith(poisons: ReadonlyMap<string, Poison>, stall: (ms: number) => void): typeof judge {
  return (series, ...rest) => {
    const poison = poisons.get(series.metric);
    if (poison === 'throws') throw new RangeError('out of cheese');
    if (poison === 'slow') stall(2000);
    return judge(series, ...rest);
  };
}

export function poisonsOf({ metrics }: Plan): Map<string, Poison> {
  return new Map(metrics.flatMap(({ metric, poison }) => (poison === null ? [] : [[metric, poison] as const])));
}

/** The anomalies that the shipped analyzer finds when nothing ever goes wrong and it judges these slots alone, shard by shard. */
export async function undisturbed(plan: Plan, slotsOf: ReadonlyMap<number, readonly number[]>): Promise<readonly Anomaly[]> {
  const store = createMemoryStore({ shards: plan.shards, retentionSeconds: null, now: () => 0 });
  const feeder = createFeeder(store.series, plan);
  const clock: Clock = { now: () => 0, elapsedMs: () => 0, sleep: async () => undefined };
  const { series, anomalies: log, queue, state } = openMemory({ store, clock });
  const poisons = poisonsOf(plan);
  const sound = { ...series, read: async (...[metrics, window]: Parameters<typeof series.read>) => {
    if (metrics.some((metric) => poisons.get(metric) === 'unreadable')) throw new Error('bad checksum');
    return series.read(metrics, window);
  } };
  const analyzer = shipped.createAnalyzer({ series: sound, log, queue, state, clock, logger: silentLogger, settings, judge: judgeWith(poisons, () => undefined) });
  for (const [shard, slots] of slotsOf) {
    for (const slot of slots) {
      feeder.feed(slot - firstSlot, shard);
      await analyzer.judgeShard(shard, slot);
    }
  }
  return store.log.query({ state: 'all', limit: 10_000 }).anomalies;
}
