import { defaultContextSeconds } from '@skylark/algorithms';
import type { AnomalyIndex, AnomalyLog, Clock, Fence, Logger, Sampler, SeriesStore, StateStore } from '@skylark/core';
import { backoffMs } from './backoff.js';
import { createDocumentReader } from './document-reader.js';
import { createImporterCounters } from './importer-counters.js';
import { createIndexer } from './indexer.js';
import { holdingLease, type LeaseRenewal } from './lease-renewal.js';
import { createOutbox, type OutboxPage } from './outbox.js';

const lease = 'importer';
/** An importer that died keeps the work this long; one at work renews well before. */
const leaseSeconds = 10;
const renewSeconds = 3;
const standByMs = 1000;
const followMs = 5000;

export interface ImporterOptions {
  readonly log: AnomalyLog;
  readonly index: AnomalyIndex;
  readonly series: SeriesStore;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1: jitter of retries. */
  readonly random: () => number;
  /** Context before an anomaly; default an hour. */
  readonly contextSeconds?: number;
  /** Who this is among several importers: one works, the others stand by. A killed one's successor of another name waits 10 s. */
  readonly holder?: string;
}

export interface Importer {
  /** Follows the log until the signal aborts; never rejects: what fails is logged, counted and tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** Indexes everything there is now and answers how many events that were; rejects with what failed, and nothing is lost by it. */
  drainOnce(): Promise<number>;
  readonly samples: Sampler;
}

/**
 * Puts every opened, updated and closed anomaly into the index, and takes removed ones out.
 *
 * The cursor is saved after the index has everything up to it, and ids are the anomalies' own: killed anywhere, nothing is lost and
 * nothing is there twice. A cursor older than the log's events makes the index anew from the log.
 *
 * @example const importer = createImporter({ ...backend, log: backend.anomalies, clock, logger, random }); await importer.run(signal);
 */
export function createImporter(options: ImporterOptions): Importer {
  const { log, index, series, state, clock, logger, random, contextSeconds = defaultContextSeconds, holder = 'importer' } = options;
  const counters = createImporterCounters();
  const outbox = createOutbox({ log, state });
  /** Documents that waited when they were last counted, less those indexed since. */
  let waiting = 0;
  const indexer = createIndexer({ index, log, counters, logger, documentsOf: createDocumentReader({ series, index, clock, contextSeconds }) });

  /** Kept, to be given back at the end. */
  let held: Fence | null = null;
  const acquire = async (): Promise<Fence | null> => (held = await state.acquire(lease, holder, leaseSeconds, clock.now()));

  /** One page of the outbox into the index; answers its events, or null when another importer is at work. */
  async function step(waitMs: number, signal?: AbortSignal): Promise<number | null> {
    const before = await acquire();
    if (before === null) return null;
    const page = await outbox.next(waitMs, signal);
    // Again, since waiting and indexing take their time: an overtaken importer's confirmation is refused, and what it puts late is older than its successor's.
    const asOf = clock.now();
    const fence = await acquire();
    // Another token: somebody else was at work since the page was read, and may have put what is newer.
    if (fence?.token !== before.token) return null;
    return holdingLease({ fence, clock, everySeconds: renewSeconds, acquire }, (renew) => carryOut(page, { asOf, fence, renew }));
  }

  async function carryOut(page: OutboxPage, { asOf, fence, renew }: { asOf: number; fence: Fence; renew: LeaseRenewal }): Promise<number> {
    if (page.missed) await indexer.rebuild(renew);
    const changes = page.puts.length + page.removals.length;
    waiting = Math.max(waiting, changes);
    counters.outbox(waiting);
    await indexer.put(page.puts, asOf);
    await indexer.remove(page.removals);
    await page.confirm(fence);
    // Of an anomaly that changed often more than one page may tell: until the last page, some wait.
    waiting = page.last ? 0 : Math.max(waiting - changes, 1);
    counters.outbox(waiting);
    return page.events;
  }

  async function recover(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const delayMs = backoffMs(failures, random);
    counters.retried();
    logger.warn('importer.retry', { failures, delayMs: Math.round(delayMs), error: String(error) });
    await outbox.count().then((documents) => counters.outbox(waiting = documents), (reason: unknown) => logger.debug('importer.outbox-unknown', { error: String(reason) }));
    await clock.sleep(delayMs, signal);
  }

  /** So that the next one need not wait for it to run out. */
  async function giveBack(): Promise<void> {
    if (held !== null) await state.release(held).catch((error: unknown) => logger.debug('importer.lease-kept', { error: String(error) }));
    held = null;
  }

  return {
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        try {
          if (await step(followMs, signal) === null) await clock.sleep(standByMs, signal);
          failures = 0;
        } catch (error) {
          failures += 1;
          if (!signal.aborted) await recover(error, failures, signal);
        }
      }
      await giveBack();
    },
    async drainOnce() {
      let drained = 0;
      for (let events = await step(0); events !== null && events > 0; events = await step(0)) drained += events;
      return drained;
    },
    samples: counters.samples,
  };
}
