import { ArenaFull } from '@skylark/algorithms';
import type { ShapeIndex } from '@skylark/algorithms';
import type { Clock, Logger, Series, SeriesStore } from '@skylark/core';
import type { SearchCrew } from './search-crew.js';

export interface LiveFeedOptions {
  readonly series: SeriesStore;
  readonly index: ShapeIndex;
  readonly crew: SearchCrew;
  /** How far back the index looks. */
  readonly reachSeconds: number;
  /** How long after a late datapoint its series is read anew. */
  readonly refillAfterSeconds: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the index as the store is. */
export interface LiveFeed {
  /** Fills the index from the store, then follows it, until aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Shards filled so far, of all; none once the memory is full. */
  progress(): { readonly filled: number; readonly of: number };
}

const everyMs = 1000;
/** Names are compared with the store's, and quiet series let go of, every so many rounds. */
const houseEvery = 10;
const datapointsAtOnce = 50_000;
const metricsAtOnce = 256;
/** Series filled anew in one round and shard, because a datapoint came late; the rest waits for the next. */
const mostRefills = 256;
/** What a sender's clock may run ahead. */
const aheadSeconds = 600;
const pauseAfterFailureMs = 5000;

interface Shard {
  cursor: string | null;
  names: { readonly version: number; readonly metrics: readonly string[] } | null;
  /** To be filled anew, and when: one that is late is often late again. */
  readonly late: Map<string, number>;
  /** Filled since the last news: what these say of them may be known already. */
  readonly fresh: Set<string>;
}

/**
 * Every shard is read once as far back as the index looks, from a cursor taken before; from then on its news are appended, each datapoint once. A series with a late datapoint
 * is read anew. While the store is away it waits and tries again.
 */
export function createLiveFeed({ series, index, crew, reachSeconds, refillAfterSeconds, clock, logger }: LiveFeedOptions): LiveFeed {
  const shards = Array.from({ length: series.shards }, (): Shard => ({ cursor: null, names: null, late: new Map(), fresh: new Set() }));
  let filled = 0;

  return {
    progress: () => ({ filled, of: shards.length }),
    async run(signal) {
      for (let round = 0; !signal.aborted; round += 1) {
        try {
          await visit(round, signal);
          await clock.sleep(everyMs, signal);
        } catch (error) {
          if (error instanceof ArenaFull) {
            filled = 0;
            logger.error('search.live-index-full', { series: index.size, bytes: crew.arena.usedBytes });
            return;
          }
          logger.warn('search.live-feed-failed', { error });
          await clock.sleep(pauseAfterFailureMs, signal);
        }
      }
    },
  };

  async function visit(round: number, signal: AbortSignal): Promise<void> {
    for (const [number, shard] of shards.entries()) {
      if (signal.aborted) return;
      if (shard.cursor === null) await fill(number, shard, signal);
      else await follow(number, shard, signal);
      if (round % houseEvery === number % houseEvery) await dropRemoved(number, shard);
      await clock.sleep(0);
    }
    if (round % houseEvery === 0) await crew.exclusive(() => index.removeQuietSince(clock.now() - reachSeconds));
  }

  async function fill(number: number, shard: Shard, signal: AbortSignal): Promise<void> {
    const { cursor } = await series.follow(number, null, 0);
    shard.names = await series.list(number) ?? shard.names;
    await refill(shard, shard.names?.metrics ?? [], signal);
    if (signal.aborted) return;
    shard.cursor = cursor;
    filled += 1;
    if (filled === shards.length) logger.info('search.live-index-ready', { series: index.size });
    await takeNews(number, shard, signal);
  }

  async function follow(number: number, shard: Shard, signal: AbortSignal): Promise<void> {
    await takeNews(number, shard, signal);
    const due = [...shard.late].filter(([, at]) => at <= clock.now()).slice(0, mostRefills).map(([metric]) => metric);
    if (due.length === 0) return;
    for (const metric of due) shard.late.delete(metric);
    await refill(shard, due, signal);
    await takeNews(number, shard, signal);
  }

  async function takeNews(number: number, shard: Shard, signal: AbortSignal): Promise<void> {
    for (let more = true; more && shard.cursor !== null && !signal.aborted;) {
      const news = await series.follow(number, shard.cursor, datapointsAtOnce);
      more = news.series.length > 0 && !news.missed;
      shard.cursor = news.missed ? null : news.cursor;
      if (news.missed) filled -= 1;
      if (more) await crew.exclusive(() => news.series.forEach((one) => append(one, shard)));
      if (more) await clock.sleep(0);
    }
    shard.fresh.clear();
  }

  function append(one: Series, { late, fresh }: Shard): void {
    if (index.append(one) === 'late' && !fresh.has(one.metric) && !late.has(one.metric)) late.set(one.metric, clock.now() + refillAfterSeconds);
  }

  async function refill(shard: Shard, metrics: readonly string[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < metrics.length && !signal.aborted; at += metricsAtOnce) {
      const now = clock.now();
      const read = await series.read(metrics.slice(at, at + metricsAtOnce), { from: Math.max(0, now - reachSeconds), until: now + aheadSeconds });
      await crew.exclusive(() => read.filter(({ values }) => values.length > 0).forEach((one) => index.refill(one)));
      for (const { metric } of read) shard.fresh.add(metric);
      await clock.sleep(0);
    }
  }

  async function dropRemoved(number: number, shard: Shard): Promise<void> {
    const names = await series.list(number, shard.names?.version);
    if (names === null) return;
    const gone = missing(shard.names?.metrics ?? [], names.metrics);
    shard.names = names;
    if (gone.length > 0) await crew.exclusive(() => gone.forEach((metric) => index.remove(metric)));
  }
}

/** What is in the first sorted list and not in the second. */
function missing(before: readonly string[], after: readonly string[]): string[] {
  let at = 0;
  return before.filter((name) => {
    while (at < after.length && after[at]! < name) at += 1;
    return after[at] !== name;
  });
}
