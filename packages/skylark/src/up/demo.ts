import type { Backend, Clock, Logger } from '@skylark/core';
import type { Intake } from '@skylark/horizon';
import { z } from 'zod';
import { createDemo, demoPrefix } from '../seed/demo.js';

export interface DemoFeedOptions {
  readonly backend: Pick<Backend, 'series' | 'state'>;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs a loop until the process stops. */
  readonly run: (loop: (signal: AbortSignal) => Promise<void>) => void;
}

/** The feed of invented metrics. */
export interface DemoFeed {
  /** What somebody removed stays away; the feed ends when nothing is left of it. */
  forget(metrics: readonly string[]): Promise<void>;
}

const stateKey = 'demo';
const historySeconds = 86_400;
const tickMs = 5000;
const seed = 1;
const demoState = z.object({ anchor: z.number(), removed: z.array(z.string()) });

/**
 * Feeds an empty store with the last day of the demo's metrics, and goes on live; in a store that has the demo already, fills the gap and goes on. A store with
 * metrics of somebody's own gets nothing. It writes datapoints only.
 */
export async function startDemo({ backend, intake, clock, logger, run }: DemoFeedOptions): Promise<DemoFeed | null> {
  const { series, state } = backend;
  const known = demoState.safeParse((await state.get(stateKey))?.value);
  if (!known.success && !(await isEmpty())) {
    logger.info('demo.not-fed', { why: 'the store has metrics already' });
    return null;
  }
  const { anchor, removed } = known.success ? known.data : { anchor: Math.floor(clock.now()), removed: [] };
  const away = new Set(removed);
  const demo = createDemo({ seed, anchor });
  await save();
  let fedUntil = Math.floor(clock.now());
  let writing: Promise<void> = Promise.resolve();
  await feedHistory(fedUntil);
  run(feedLive);
  return {
    async forget(metrics) {
      for (const metric of metrics) if (metric.startsWith(demoPrefix)) away.add(metric);
      await save();
      // What is on its way would bring them back.
      await writing.catch(() => undefined);
    },
  };

  async function isEmpty(): Promise<boolean> {
    for (let shard = 0; shard < series.shards; shard++) {
      if ((await series.list(shard))?.metrics.some((metric) => !metric.startsWith('skylark.'))) return false;
    }
    return true;
  }

  async function feedHistory(until: number): Promise<void> {
    let datapoints = 0;
    for (const { metric, timestamps, values } of demo.history(await lastFed(until), until)) {
      if (away.has(metric)) continue;
      await intake.write([{ metric, timestamps, values }]);
      datapoints += timestamps.length;
    }
    logger.info('demo.fed', { datapoints });
  }

  /** Where the history begins: a day ago, or after what an earlier run fed. */
  async function lastFed(until: number): Promise<number> {
    const metrics = demo.incidents(until - historySeconds, until).map(({ metric }) => metric);
    const spans = await series.spans(metrics);
    const last = Math.max(0, ...spans.map(({ lastTimestamp }) => lastTimestamp ?? 0));
    return Math.max(until - historySeconds, last + 1);
  }

  async function feedLive(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const until = Math.floor(clock.now());
      const due = until > fedUntil ? demo.live(fedUntil, until).filter(({ metric }) => !away.has(metric)) : [];
      try {
        writing = intake.write(due);
        await writing;
        fedUntil = Math.max(fedUntil, until);
      } catch (error) {
        logger.warn('demo.write-failed', { error });
      }
      await clock.sleep(tickMs, signal);
    }
  }

  async function save(): Promise<void> {
    await state.set(stateKey, { anchor, removed: [...away] }, null);
  }
}
