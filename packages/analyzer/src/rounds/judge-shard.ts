import type { judge } from '@skylark/algorithms';
import { type AnomalyFinding, type AnomalyLog, type Clock, type Fence, isSkylarkError, type Logger, type SeriesStore, shardOf, type StateStore } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import type { Outage } from '../life/outage.js';
import type { Figures } from './figures.js';
import { judgeMetrics } from './judge-metrics.js';
import { holdLease, type Lease } from './lease.js';
import { forgetRemoved, forgetSettled, worthRecording } from './memory-upkeep.js';
import { readRoundRecord, type RoundRecord, writeRoundRecord } from './round-record.js';
import { loadShardMemory, recordedKey, type ShardMemory } from './shard-memory.js';
import type { SlotJob } from './slots.js';

/** `already`: this slot or a later one was judged before. `leased`: another worker holds the shard. `overtaken`: it took the shard from us meanwhile. */
export interface ShardResult extends SlotJob {
  readonly result: 'judged' | 'already' | 'leased' | 'overtaken';
  /** Findings that changed. */
  readonly changed: number;
}

export interface ShardJudgeOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: CompiledSettings;
  readonly figures: Figures;
  readonly holder: string;
  readonly judge: typeof judge;
  readonly outagesAt: (now: number) => Promise<readonly Outage[]>;
}

export type ShardJudge = (job: SlotJob, signal: AbortSignal) => Promise<ShardResult>;

/**
 * Judges one shard at one slot, once: under a lease, from memory that is true or rebuilt, with findings and the slot's record written under its fence.
 * Killed anywhere it can be done again: findings have deterministic ids, and the record of the slot is written last.
 */
export function createShardJudge(options: ShardJudgeOptions): ShardJudge {
  const memories = new Map<number, ShardMemory>();
  const timeOf = ({ slot }: SlotJob): number => slot * options.settings.intervalSeconds;

  return async (job, signal) => {
    const lease = await holdLease(options, `analyzer/shard-${job.shard}`, signal);
    if (lease === null) return { ...job, result: 'leased', changed: 0 };
    try {
      return await judgeOnce(job, signal, lease);
    } catch (error) {
      memories.delete(job.shard);
      if (!isSkylarkError(error, 'stale-lease') && !isSkylarkError(error, 'version-conflict')) throw error;
      options.logger.warn('analyzer.overtaken', { ...job });
      return { ...job, result: 'overtaken', changed: 0 };
    } finally {
      await lease.release();
    }
  };

  async function judgeOnce(job: SlotJob, signal: AbortSignal, lease: Lease): Promise<ShardResult> {
    const { fence } = lease;
    const { version, record } = await readRoundRecord(options.state, job.shard);
    if (record !== null && record.slot >= job.slot) return { ...job, result: 'already', changed: 0 };
    const known = memories.get(job.shard);
    const memory = known?.version === version ? known : await load(job, version);
    const [started, startedMs] = [options.clock.now(), options.clock.elapsedMs()];
    const { changed, series } = await judgeNow(job, memory, () => {
      signal.throwIfAborted();
      return lease.renew();
    });
    await recordFindings(changed, memory, fence);
    const open = openOf(memory);
    const tookMs = options.clock.elapsedMs() - startedMs;
    const next: RoundRecord = { slot: job.slot, series, anomalies: open.length, started, finished: started + tookMs / 1000 };
    const newVersion = await writeRoundRecord(options.state, { shard: job.shard, record: next, expected: version, fence });
    memories.set(job.shard, { ...memory, version: newVersion });
    options.figures.finishShard(job.shard, { slot: job.slot, series, open, quarantined: memory.quarantine.counts() }, tookMs, timeOf(job));
    return { ...job, result: 'judged', changed: changed.length };
  }

  function load(job: SlotJob, version: number): Promise<ShardMemory> {
    const { log, state, logger, series, settings } = options;
    const since = timeOf(job) - settings.windowSeconds;
    return loadShardMemory({ log, state, logger, shard: job.shard, inShard: (metric) => shardOf(metric, series.shards) === job.shard, since, version });
  }

  async function judgeNow(job: SlotJob, memory: ShardMemory, keepGoing: () => Promise<void> | undefined): Promise<{ changed: AnomalyFinding[]; series: number }> {
    const { series: store, log, clock, settings, figures, judge, outagesAt } = options;
    const now = timeOf(job);
    memory.names = (await store.list(job.shard, memory.names.version)) ?? memory.names;
    const metrics = memory.names.metrics.filter(settings.isJudged);
    const gone = await forgetRemoved(memory, new Set(metrics), log, now);
    const changed = await judgeMetrics(metrics, now, memory, { store, clock, settings, figures, judge, outages: await outagesAt(now), keepGoing });
    forgetSettled(memory, now - settings.windowSeconds);
    return { changed: [...gone, ...changed], series: metrics.length };
  }

  async function recordFindings(changed: readonly AnomalyFinding[], memory: ShardMemory, fence: Fence): Promise<void> {
    const refreshSeconds = (options.settings.life.quietSeconds ?? 300) / 2;
    const worth: AnomalyFinding[] = [];
    for (const finding of changed) {
      if (!worthRecording(memory.recorded.get(recordedKey(finding)), finding, refreshSeconds)) continue;
      worth.push(finding);
      memory.recorded.set(recordedKey(finding), finding);
    }
    await options.log.record(worth, fence);
  }
}

function openOf({ metrics }: ShardMemory): AnomalyFinding[] {
  const all = [...metrics.values()].flatMap(({ deviation, stopped }) => [deviation, stopped]);
  return all.filter((finding) => finding?.state === 'open').map((finding) => finding!);
}
