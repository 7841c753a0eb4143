import { defaultDetector, judge as judgeSeries, nineScreen, type StreamDetector } from '@skylark/algorithms';
import type { AnomalyLog, Clock, Logger, Sample, SeriesStore, SnapshotStore, StateStore, WorkQueue } from '@skylark/core';
import { type AnalyzerSettings, compileSettings } from './analyzer-settings.js';
import type { Outage } from './life/outage.js';
import { readOutages } from './own/outages.js';
import { createFigures } from './rounds/figures.js';
import { createShardJudge, type ShardResult } from './rounds/judge-shard.js';
import { readRoundRecords, summarise, writeSummary } from './rounds/round-record.js';
import { runScheduler } from './rounds/scheduler.js';
import { judgeQueue, parkedQueue, parseSlotJob } from './rounds/slots.js';
import { createStateKeeper } from './streams/keep-states.js';

export interface AnalyzerOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  readonly queue: WorkQueue;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: AnalyzerSettings;
  /**
   * Who holds the leases, one name per worker that may run at the same time. A name that stays the same over restarts takes its own shards
   * back at once, where a new one waits up to 30 s for a killed one's leases: safe where, as embedded, two cannot run at once. Default `analyzer`.
   */
  readonly holder?: string | undefined;
  /** Where the ensemble `default` keeps what it remembers of the metrics. Default: nowhere, so that it goes through what is stored at every start. */
  readonly snapshots?: SnapshotStore | undefined;
  /** Of the ensemble `default`; another one only in tests. */
  readonly detector?: StreamDetector | undefined;
  /** What judges a series; another one only in tests of what a round survives. */
  readonly judge?: typeof judgeSeries | undefined;
}

export interface Analyzer {
  /** Schedules slots and judges them until aborted; then finishes the shard at hand. The first round starts at once. */
  run(signal: AbortSignal): Promise<void>;
  /** Judges one shard at one slot, at most once whoever asks. */
  judgeShard(shard: number, slot: number): Promise<ShardResult>;
  /** Age of the newest slot judged; null before the first. */
  lagSeconds(): number | null;
  samples(): readonly Sample[];
}

/** Shards judged at a time: one thread computes, the others wait for the disk. */
const jobsAtOnce = 4;

/** The rounds: every interval each series is judged at the slot's time, and what becomes of its anomalies is recorded. */
export function createAnalyzer(options: AnalyzerOptions): Analyzer {
  const { series, log, queue, state, clock, logger, holder = 'analyzer', judge = judgeSeries, detector = defaultDetector } = options;
  const settings = compileSettings(options.settings);
  const figures = createFigures(clock);
  const outagesAt = outagesOnce((now) => readOutages(series, { from: now - settings.windowSeconds, until: now }));
  const states = createStateKeeper({ snapshots: options.snapshots ?? null, detector, settingsKey: settings.streamKey, rulesOf: settings.streamRules, shards: series.shards, logger });
  const stream = { detector, settings: settings.streamSettings, openAt: settings.life.openAt };
  const judgeOne = createShardJudge({ series, log, state, clock, logger, settings, figures, holder, judge, outagesAt, stream, states, screen: nineScreen(settings.windowSeconds) });

  async function judgeShard(shard: number, slot: number, signal: AbortSignal): Promise<ShardResult> {
    const result = await judgeOne({ shard, slot }, signal);
    if (result.result !== 'judged') return result;
    figures.countSlots('judged', 1);
    const { intervalSeconds } = settings;
    const summary = summarise(await readRoundRecords(state), { slot, shards: series.shards, intervalSeconds });
    if (summary) {
      await writeSummary(state, summary);
      logger.debug('analyzer.round', { ...summary });
    }
    return result;
  }

  return {
    judgeShard: (shard, slot) => judgeShard(shard, slot, new AbortController().signal),
    lagSeconds: () => figures.lagSeconds(),
    samples: () => figures.samples(),
    async run(signal) {
      const worker = queue.work(judgeQueue, async (job, taken) => {
        const parsed = parseSlotJob(job.data);
        if (parsed) await judgeShard(parsed.shard, parsed.slot, taken);
        else await queue.add(parkedQueue, [job]);
      }, { concurrency: jobsAtOnce });
      await runScheduler({ queue, state, clock, logger, shards: series.shards, intervalSeconds: settings.intervalSeconds }, signal);
      await worker.close();
    },
  };
}

/** All shards of a slot ask for the same outages. */
function outagesOnce(read: (now: number) => Promise<readonly Outage[]>): (now: number) => Promise<readonly Outage[]> {
  let known: { now: number; outages: Promise<readonly Outage[]> } | null = null;
  return (now) => {
    if (known?.now === now) return known.outages;
    const outages = read(now);
    known = { now, outages };
    outages.catch(() => {
      known = null;
    });
    return outages;
  };
}
