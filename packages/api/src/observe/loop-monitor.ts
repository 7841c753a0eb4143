import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, HealthCheck, Logger, Sample } from '@skylark/core';

/** Watches how long the event loop is held. */
export interface LoopMonitor {
  samples(): readonly Sample[];
  /** Not ok while the loop was held for longer than `stuckMs` within the last half minute. */
  check(): HealthCheck;
  close(): void;
}

const resolutionMs = 20;
const windowMs = 10_000;
const stuckMs = 5000;
const rememberedMs = 30_000;

interface Delays {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

export function createLoopMonitor({ clock, logger }: { clock: Clock; logger: Logger }): LoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const closing = new AbortController();
  let last: Delays | null = null;
  let stuck: { atMs: number; heldMs: number } | null = null;
  void watch();
  return {
    samples() {
      const { median, p99, longest } = last ?? delaysOf(histogram);
      const sample = (quantile: string, ms: number): Sample => ({
        name: 'skylark_event_loop_delay_seconds',
        help: `How long the event loop was held, over the last ${windowMs / 1000} s`,
        kind: 'gauge',
        labels: { quantile },
        value: ms / 1000,
      });
      return [sample('0.5', median), sample('0.99', p99), sample('1', longest)];
    },
    check() {
      notice(delaysOf(histogram).longest);
      const recent = stuck !== null && clock.elapsedMs() - stuck.atMs < rememberedMs;
      return recent ? { name: 'loop', ok: false, reason: `the event loop was held for ${Math.round(stuck?.heldMs ?? 0)} ms` } : { name: 'loop', ok: true };
    },
    close() {
      closing.abort();
      histogram.disable();
    },
  };

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(windowMs, closing.signal);
      last = delaysOf(histogram);
      histogram.reset();
      notice(last.longest);
    }
  }

  function notice(longestMs: number): void {
    if (longestMs < stuckMs || longestMs === stuck?.heldMs) return;
    stuck = { atMs: clock.elapsedMs(), heldMs: longestMs };
    logger.error('api.loop-stuck', { heldMs: Math.round(longestMs) });
  }
}

/** In milliseconds, less the timer's own period. */
function delaysOf(histogram: IntervalHistogram): Delays {
  const held = (ns: number): number => (Number.isFinite(ns) && histogram.count > 0 ? Math.max(0, ns / 1e6 - resolutionMs) : 0);
  return { median: held(histogram.percentile(50)), p99: held(histogram.percentile(99)), longest: held(histogram.max) };
}
