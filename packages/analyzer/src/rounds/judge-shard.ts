import type { judge, NineScreen } from '@skylark/algorithms';
import { type AnomalyFinding, type AnomalyLog, type Clock, type Fence, isSkylarkError, type Logger, type SeriesStore, shardOf, type StateStore } from '@skylark/core';
import type { CompiledSettings } from '../analyzer-settings.js';
import type { Outage } from '../life/outage.js';
import type { Figures } from './figures.js';
import { judgeStreams } from '../streams/judge-streams.js';
import type { StateKeeper } from '../streams/keep-states.js';
import { emptyStates, type ShardStates } from '../streams/shard-states.js';
import type { StreamContext } from '../streams/stream-context.js';
import { judgeMetrics, quietQuarantined } from './judge-metrics.js';
import { judgeScreened } from './judge-screened.js';
import { holdLease, type Lease } from './lease.js';
import { flaggedSince, forgetRemoved, forgetSettled, worthRecording } from './memory-upkeep.js';
import { readRoundRecord, type RoundRecord, writeRoundRecord } from './round-record.js';
import { type MissedSlots, missedSlots, readScheduled } from './scheduled.js';
import { loadShardMemory, recordedKey, type ShardMemory } from './shard-memory.js';
import type { SlotJob } from './slots.js';
import { createTurns } from './turns.js';

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
  readonly stream: StreamContext;
  readonly states: StateKeeper;
  readonly screen: NineScreen;
}

export type ShardJudge = (job: SlotJob, signal: AbortSignal) => Promise<ShardResult>;

/**
 * Judges one shard at one slot, once: under a lease, from memory that is true or rebuilt, with findings and the slot's record written under its fence.
 * Killed anywhere it can be done again: findings have deterministic ids, and the record of the slot is written last.
 */
export function createShardJudge(options: ShardJudgeOptions): ShardJudge {
  const memories = new Map<number, ShardMemory>();
  /** Tokens of the newest leases. */
  const spent = new Map<number, number>();
  const timeOf = ({ slot }: SlotJob): number => slot * options.settings.intervalSeconds;

  const turns = createTurns();
  return (job, signal) => turns(job.shard, () => judgeUnderLease(job, signal));

  async function judgeUnderLease(job: SlotJob, signal: AbortSignal): Promise<ShardResult> {
    const lease = await holdLease(options, { lease: `analyzer/shard-${job.shard}`, spent: spent.get(job.shard), signal });
    if (lease === null) return { ...job, result: 'leased', changed: 0 };
    spent.set(job.shard, lease.fence.token);
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
  }

  async function judgeOnce(job: SlotJob, signal: AbortSignal, lease: Lease): Promise<ShardResult> {
    const { fence } = lease;
    const known = rememberedSince(job.shard, fence);
    const { version, record } = await readRoundRecord(options.state, job.shard);
    if (record !== null && record.slot >= job.slot) return { ...job, result: 'already', changed: 0 };
    const memory = known?.version === version ? known : await load(job, { version, record, token: fence.token });
    const missed = await missedBefore(job, record);
    const [started, startedMs] = [options.clock.now(), options.clock.elapsedMs()];
    const { changed, series } = await judgeNow(job, memory, () => {
      signal.throwIfAborted();
      return lease.renew();
    });
    await recordFindings(changed, memory, fence);
    const open = openOf(memory);
    const tookMs = options.clock.elapsedMs() - startedMs;
    const next: RoundRecord = {
      slot: job.slot, series, anomalies: open.length, started, finished: started + tookMs / 1000,
      skipped: (record?.skipped ?? 0) + missed.skipped, coalesced: (record?.coalesced ?? 0) + missed.coalesced, flagged: flaggedSince(memory),
    };
    const newVersion = await writeRoundRecord(options.state, { shard: job.shard, record: next, expected: version, fence });
    memories.set(job.shard, { ...memory, version: newVersion });
    for (const why of ['skipped', 'coalesced'] as const) options.figures.countSlots(why, missed[why]);
    if (memory.states) await saveStates(job, memory.states, fence);
    options.figures.finishShard(job.shard, { slot: job.slot, series, open, quarantined: memory.quarantine.counts() }, tookMs, timeOf(job));
    return { ...job, result: 'judged', changed: changed.length };
  }

  /** Whoever else had the lease in between may have recorded findings and then died, so that the shard's record does not tell. */
  function rememberedSince(shard: number, { token }: Fence): ShardMemory | undefined {
    const known = memories.get(shard);
    if (known === undefined) return undefined;
    if (token > known.token + 1) return void memories.delete(shard);
    known.token = token;
    return known;
  }

  /** Counted where the slot after the gap is judged: once, whatever became of those who had the slots of the gap at hand. */
  async function missedBefore({ slot }: SlotJob, record: RoundRecord | null): Promise<MissedSlots> {
    if (record?.slot === slot - 1) return { skipped: 0, coalesced: 0 };
    const { scheduled } = await readScheduled(options.state);
    return missedSlots({ previous: record?.slot ?? null, slot, scheduled });
  }

  async function load(job: SlotJob, { version, record, token }: { version: number; record: RoundRecord | null; token: number }): Promise<ShardMemory> {
    const { log, state, logger, series, settings } = options;
    const since = timeOf(job) - settings.windowSeconds;
    const states = settings.ensemble === 'default' ? await options.states.load(job.shard) : null;
    const screens = settings.isScreened ? emptyStates(options.screen.stateLength) : null;
    return loadShardMemory({ log, state, logger, shard: job.shard, inShard: (metric) => shardOf(metric, series.shards) === job.shard, since, flagged: record?.flagged ?? {}, version, token, states, screens });
  }

  /** What a snapshot cost or lacked is no reason to judge the slot again. */
  async function saveStates({ shard, slot }: SlotJob, states: ShardStates, fence: Fence): Promise<void> {
    try {
      await options.states.save(shard, states, timeOf({ shard, slot }), fence);
    } catch (error) {
      options.logger.warn('analyzer.states-not-saved', { shard, slot, error });
    }
  }

  async function judgeNow(job: SlotJob, memory: ShardMemory, keepGoing: () => Promise<void> | undefined): Promise<{ changed: AnomalyFinding[]; series: number }> {
    const { series: store, log, clock, settings, figures, judge, outagesAt, stream, screen } = options;
    const now = timeOf(job);
    const outages = await outagesAt(now);
    const listJudged = async (): Promise<string[]> => {
      memory.names = (await store.list(job.shard, memory.names.version)) ?? memory.names;
      return memory.names.metrics.filter(settings.isJudged);
    };
    const common = { store, clock, settings, figures, outages, keepGoing };
    const catchUpMs = (catchUpShare * settings.intervalSeconds * 1000) / store.shards;
    const request = { shard: job.shard, now };
    const found = memory.states === null ? [] : await judgeStreams({ ...request, metrics: async () => (await listJudged()).filter(settings.isStreamed) }, memory.states, memory, { ...common, stream, catchUpMs });
    const seen = memory.screens === null ? [] : await judgeScreened({ ...request, metrics: listJudged }, memory.screens, memory, { ...common, judge, screen });
    const metrics = memory.states ?? memory.screens ? memory.names.metrics.filter(settings.isJudged) : await listJudged();
    const windowed = memory.screens ? [] : memory.states ? metrics.filter((metric) => !settings.isStreamed(metric)) : metrics;
    const gone = await forgetRemoved(memory, new Set(metrics), log, now);
    const read = await judgeMetrics(windowed, now, memory, { ...common, judge });
    const quieted = memory.quarantine.counts().size > 0 ? quietQuarantined(now, memory, settings) : [];
    forgetSettled(memory, now - settings.windowSeconds);
    return { changed: [...gone, ...found, ...seen, ...read, ...quieted], series: metrics.length };
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

/** Of an interval, what all shards together may spend on going through history. */
const catchUpShare = 0.4;

function openOf({ metrics }: ShardMemory): AnomalyFinding[] {
  const all = [...metrics.values()].flatMap(({ deviation, stopped }) => [deviation, stopped]);
  return all.filter((finding) => finding?.state === 'open').map((finding) => finding!);
}
