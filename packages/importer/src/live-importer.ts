import type { AnomalyIndex, Clock, Fence, Logger, PutFailure, Sampler, SeriesStore, StateStore } from '@skylark/core';
import { backoffMs } from './backoff.js';
import { createLiveCounters } from './live-counters.js';
import { leaseRenewal } from './lease-renewal.js';
import { liveDocuments } from './live-documents.js';

const lease = 'importer/live';
/** The end of the last generation's window, seconds; whoever holds the lease goes on from it. */
export const liveKey = 'importer/live';
/** The generation of the index that holds every live series' window. */
export const liveGeneration = 'live';
const leaseSeconds = 60;
const longestWaitMs = 15_000;

export interface LiveImporterOptions {
  readonly index: AnomalyIndex;
  readonly series: SeriesStore;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1: jitter of retries. */
  readonly random: () => number;
  /** From the end of one generation's window to the next one's; default ten minutes. */
  readonly everySeconds?: number;
  /** What is kept of each series; default the last hour. */
  readonly windowSeconds?: number;
  /** Who this is among several importers: one works, the others stand by. */
  readonly holder?: string;
}

/** What one generation came to. */
export interface LiveImport {
  readonly documents: number;
  readonly failures: readonly PutFailure[];
  readonly tookMs: number;
}

export interface LiveImporter {
  /** Makes a generation whenever one is due, until the signal aborts; never rejects: what fails is logged, counted and tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** Makes a generation now; null while another importer is at work. Rejects with what failed, and then readers keep the old one. */
  importOnce(): Promise<LiveImport | null>;
  readonly samples: Sampler;
}

/**
 * Oculus mode: puts the last hour of every live series into the index, as a generation of its own that replaces the one before as a whole.
 *
 * Memory does not grow with the number of series: some thousand documents are under way at a time. One of several importers works (a lease, renewed between batches);
 * one that was overtaken stops before anything of it is seen.
 *
 * @example const live = createLiveImporter({ ...backend, clock, logger, random, everySeconds: 600 }); await live.run(signal);
 */
export function createLiveImporter(options: LiveImporterOptions): LiveImporter {
  const { index, series, state, clock, logger, random, everySeconds = 600, windowSeconds = 3600, holder = 'importer' } = options;
  const counters = createLiveCounters();

  const acquire = (): Promise<Fence | null> => state.acquire(lease, holder, leaseSeconds, clock.now());

  async function make(fence: Fence): Promise<LiveImport> {
    const startedMs = clock.elapsedMs();
    const now = clock.now();
    const documents = liveDocuments({ series, window: { from: now - windowSeconds, until: now }, clock, renew: leaseRenewal({ fence, acquire, everySeconds: leaseSeconds / 4, clock }) });
    const made = { ...await index.replace(liveGeneration, documents), tookMs: clock.elapsedMs() - startedMs };
    await state.set(liveKey, now, null, fence);
    counters.made(made);
    logger.info('importer.live', { documents: made.documents, refused: made.failures.length, tookMs: Math.round(made.tookMs) });
    return made;
  }

  async function importOnce(): Promise<LiveImport | null> {
    const fence = await acquire();
    return fence && make(fence);
  }

  /** Milliseconds until the next generation is due. */
  async function dueMs(): Promise<number> {
    const value = (await state.get(liveKey))?.value;
    const last = typeof value === 'number' ? value : -Infinity;
    const waitSeconds = last + everySeconds - clock.now();
    // Further off than that only for a clock that was set back.
    return waitSeconds > 2 * everySeconds ? 0 : Math.max(0, waitSeconds * 1000);
  }

  /** One generation, if it is due and nobody else's work; answers for how long to wait. */
  async function step(): Promise<number> {
    const waitMs = await dueMs();
    if (waitMs > 0) return Math.min(longestWaitMs, waitMs);
    return await importOnce() === null ? longestWaitMs : 0;
  }

  return {
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        const waitMs = await step().then((wait) => {
          failures = 0;
          return wait;
        }, (error: unknown) => {
          failures += 1;
          if (!signal.aborted) logger.warn('importer.live-retry', { failures, error: String(error) });
          counters.failed();
          return backoffMs(failures, random);
        });
        if (waitMs > 0) await clock.sleep(waitMs, signal);
      }
    },
    importOnce,
    samples: counters.samples,
  };
}
