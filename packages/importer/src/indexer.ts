import { isSkylarkError } from '@skylark/core';
import type { Anomaly, AnomalyIndex, AnomalyLog, Logger, PutFailure, ShapeDocument } from '@skylark/core';
import type { DocumentReader } from './document-reader.js';
import type { ImporterCounters } from './importer-counters.js';
import type { LeaseRenewal } from './lease-renewal.js';

/** Of one query of a rebuild: the embedded log goes through all anomalies for each. */
const anomaliesAtOnce = 2048;
/** With their datapoints. */
const documentsAtOnce = 256;

/** The index as the importer uses it: refused documents are counted and logged, everything else rejects and may be repeated. */
export interface Indexer {
  /** `asOf`: when they were known to be the newest, seconds; what is known later stays. */
  put(anomalies: readonly Anomaly[], asOf: number): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Makes the whole index anew from the log; readers see the old one until the new one is whole. `renew` is called between pages and rejects to stop it. */
  rebuild(renew: LeaseRenewal): Promise<void>;
}

export interface IndexerOptions {
  readonly index: AnomalyIndex;
  readonly log: AnomalyLog;
  readonly documentsOf: DocumentReader;
  readonly counters: ImporterCounters;
  readonly logger: Logger;
}

export function createIndexer({ index, log, documentsOf, counters, logger }: IndexerOptions): Indexer {
  function settle(documents: number, failures: readonly PutFailure[]): void {
    counters.indexed(documents - failures.length);
    for (const { id, reason } of failures) {
      counters.deadLetter(reason);
      logger.error('importer.dead-letter', { id, reason });
    }
  }

  async function put(documents: readonly ShapeDocument[], asOf: number): Promise<void> {
    if (documents.length === 0) return;
    try {
      settle(documents.length, await index.put(documents, asOf));
    } catch (error) {
      if (mayPass(error)) throw error;
      // Something in it cannot be put at all: halve until it stands alone, so that the others get through.
      if (documents.length === 1) return settle(1, [{ id: documents[0]!.id, reason: isSkylarkError(error) ? error.code : 'internal' }]);
      const half = documents.length >> 1;
      await put(documents.slice(0, half), asOf);
      await put(documents.slice(half), asOf);
    }
  }

  /** All anomalies of the log, page by page; what changes meanwhile has an event after the cursor. */
  async function* allDocuments(renew: LeaseRenewal): AsyncGenerator<ShapeDocument[]> {
    let cursor: string | undefined;
    do {
      const page = await log.query({ state: 'all', limit: anomaliesAtOnce, ...(cursor !== undefined && { cursor }) });
      for (let at = 0; at < page.anomalies.length; at += documentsAtOnce) {
        await renew();
        yield await documentsOf(page.anomalies.slice(at, at + documentsAtOnce), 'any');
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    // Once more, before it is shown: who was stopped in the last page must not lay it over what a successor has made since.
    await renew();
  }

  return {
    put: async (anomalies, asOf) => put(await documentsOf(anomalies, 'recent'), asOf),
    async remove(ids) {
      if (ids.length === 0) return;
      await index.remove({ ids });
      counters.removed(ids.length);
    },
    async rebuild(renew) {
      logger.warn('importer.rebuild', { reason: 'the anomaly log no longer holds the events since the last run' });
      const { documents, failures } = await index.replace('anomalies', allDocuments(renew));
      settle(documents + failures.length, failures);
      counters.rebuilt();
    },
  };
}

/** Errors that go away by themselves: try the same again. Anything else is about the document. */
function mayPass(error: unknown): boolean {
  return isSkylarkError(error) && ['index-away', 'store-away', 'store-full', 'store-failed', 'store-closed'].includes(error.code);
}
