import type { AnomalyLog, Clock, Logger, SeriesStore, StateStore } from '@skylark/core';

const everyMs = 5000;
/** Closed anomalies are what "has it happened before" is answered from: a year and a month of them are kept, and longer where the datapoints are. */
const anomalySeconds = 400 * 86_400;

export interface HouseOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  readonly state: StateStore;
  /** Who keeps house: one of all that would. */
  readonly holder: string;
  /** Of datapoints; null: for ever, and then anomalies are too. */
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const lease = 'house';
const leaseSeconds = 30;

/**
 * Seals and forgets what is due in every shard, again and again until aborted: by one process at a time, the others stand by. A failure is said and tried
 * again: nothing is lost by sealing late.
 */
export async function keepHouse({ series, log, state, holder, retentionSeconds, clock, logger, signal }: HouseOptions): Promise<void> {
  const keptSeconds = retentionSeconds === null ? Infinity : Math.max(anomalySeconds, retentionSeconds);
  while (!signal.aborted) {
    try {
      let shard = 0;
      while (shard < series.shards && !signal.aborted && (await state.acquire(lease, holder, leaseSeconds, clock.now()))) {
        for (const renewAtMs = clock.elapsedMs() + (leaseSeconds * 1000) / 3; shard < series.shards && !signal.aborted && clock.elapsedMs() < renewAtMs; shard++) await series.maintain(shard, clock.now());
      }
      if (shard === series.shards && !signal.aborted && Number.isFinite(keptSeconds)) await log.remove({ endedBefore: clock.now() - keptSeconds });
    } catch (error) {
      logger.warn('maintenance.failed', { error });
    }
    await clock.sleep(everyMs, signal);
  }
}
