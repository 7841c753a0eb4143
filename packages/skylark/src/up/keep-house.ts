import type { AnomalyLog, Clock, Logger, SeriesStore } from '@skylark/core';

const everyMs = 5000;
/** Closed anomalies are what "has it happened before" is answered from: a year and a month of them are kept, and longer where the datapoints are. */
const anomalySeconds = 400 * 86_400;

export interface HouseOptions {
  readonly series: SeriesStore;
  readonly log: AnomalyLog;
  /** Of datapoints; null: for ever, and then anomalies are too. */
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Seals and forgets what is due in every shard, again and again until aborted. A failure is said and tried again: nothing is lost by sealing late. */
export async function keepHouse({ series, log, retentionSeconds, clock, logger, signal }: HouseOptions): Promise<void> {
  const keptSeconds = retentionSeconds === null ? Infinity : Math.max(anomalySeconds, retentionSeconds);
  while (!signal.aborted) {
    try {
      for (let shard = 0; shard < series.shards && !signal.aborted; shard++) await series.maintain(shard, clock.now());
      if (!signal.aborted && Number.isFinite(keptSeconds)) await log.remove({ endedBefore: clock.now() - keptSeconds });
    } catch (error) {
      logger.warn('maintenance.failed', { error });
    }
    await clock.sleep(everyMs, signal);
  }
}
