import { type Clock, type Datapoint, type Logger, type Sample, type Sampler, silentLogger, type SeriesStore } from '@skylark/core';
import { canaryLagMetric, canaryMetric, type CounterReadings, selfMetrics } from './self-metrics.js';

export interface SelfMetricsOptions {
  /** All figures of the process. */
  readonly sample: Sampler;
  /** The way into the intake that everybody's datapoints go; resolves when they are kept, or at least taken. */
  readonly write: (datapoints: readonly Datapoint[]) => Promise<void>;
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly logger?: Logger | undefined;
  /** A word for this process among those that share a store; see `selfMetrics`. */
  readonly instance?: string | null | undefined;
  /** Between two heartbeats; default 10. Outages are told by it: see `longestBeatSeconds`. */
  readonly everySeconds?: number | undefined;
}

/** Skylark's own series and its heartbeat. */
export interface SelfMetrics {
  /** Beats until aborted. A store that is away does not end it. */
  run(signal: AbortSignal): Promise<void>;
  /** Seconds between now and the newest heartbeat read back from the store; null before the first. For /readyz. */
  lagSeconds(): number | null;
  samples(): readonly Sample[];
}

const readBackForMs = 2000;
const readBackEveryMs = 50;

/**
 * Writes a heartbeat every few seconds, reads it back, and writes how long that took with all other figures of the process as `skylark.*`.
 * A sound path shows milliseconds of lag; one that is stuck shows a lag that grows.
 */
export function createSelfMetrics({ sample, write, store, clock, logger = silentLogger, instance = null, everySeconds = 10 }: SelfMetricsOptions): SelfMetrics {
  let readings: CounterReadings | null = null;
  let newest: number | null = null;
  let lag: number | null = null;
  let failing = false;

  const lagSeconds = (): number | null => (newest === null ? null : Math.max(lag ?? 0, clock.now() - newest - everySeconds));

  async function beat(signal: AbortSignal): Promise<void> {
    const at = clock.now();
    await write([{ metric: canaryMetric, timestamp: at, value: 1 }]);
    await readBack(at, signal);
    const told = selfMetrics(sample(), at, readings, instance);
    readings = told.readings;
    const lagDatapoints = lag === null ? [] : [{ metric: canaryLagMetric, timestamp: at, value: lag }];
    await write([...told.datapoints.filter(({ metric }) => metric !== canaryLagMetric), ...lagDatapoints]);
  }

  async function readBack(at: number, signal: AbortSignal): Promise<void> {
    for (const end = clock.elapsedMs() + readBackForMs; ; ) {
      const [span] = await store.spans([canaryMetric]);
      newest = span?.lastTimestamp ?? newest;
      lag = newest === null ? null : Math.max(0, clock.now() - newest);
      if ((newest !== null && newest >= at) || clock.elapsedMs() >= end || signal.aborted) return;
      await clock.sleep(readBackEveryMs, signal);
    }
  }

  return {
    lagSeconds,
    samples() {
      const value = lagSeconds();
      return value === null ? [] : [{ name: 'skylark_canary_lag_seconds', help: 'Age of the newest heartbeat that can be read back', kind: 'gauge', labels: {}, value }];
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await beat(signal);
          if (failing) logger.info('self-metrics.resumed');
          failing = false;
        } catch (error) {
          if (!failing) logger.warn('self-metrics.failed', { error });
          failing = true;
        }
        await clock.sleep(everySeconds * 1000, signal);
      }
    },
  };
}
