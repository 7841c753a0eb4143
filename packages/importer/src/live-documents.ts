import { createHash } from 'node:crypto';
import { fingerprint, shapeVector } from '@skylark/algorithms';
import type { Clock, Series, SeriesStore, ShapeDocument, Window } from '@skylark/core';
import type { LeaseRenewal } from './lease-renewal.js';
import { bounded } from './shape-document.js';

/** Series of one read. */
const metricsAtOnce = 256;
/** Documents made before the event loop gets its turn. */
const documentsPerTurn = 64;
const longestId = 512;

export interface LiveDocumentsOptions {
  readonly series: SeriesStore;
  readonly window: Window;
  /** Called between batches; rejects to stop. */
  readonly renew: LeaseRenewal;
  readonly clock: Clock;
}

/** The documents of every series with a datapoint in the window, batch by batch; the next batch is read while one is made. */
export async function* liveDocuments({ series, window, renew, clock }: LiveDocumentsOptions): AsyncGenerator<ShapeDocument[]> {
  for (let shard = 0; shard < series.shards; shard += 1) {
    const metrics = (await series.list(shard))?.metrics ?? [];
    const read = (at: number): Promise<Series[]> => {
      const reading = series.read(metrics.slice(at, at + metricsAtOnce), window);
      // Whoever awaits it hears of it; nobody does if the consumer stops first.
      reading.catch(() => undefined);
      return reading;
    };
    let next = read(0);
    for (let at = 0; at < metrics.length; at += metricsAtOnce) {
      const batch = await next;
      next = read(at + metricsAtOnce);
      await renew();
      yield await documentsOf(batch, window, clock);
    }
  }
}

async function documentsOf(batch: readonly Series[], window: Window, clock: Clock): Promise<ShapeDocument[]> {
  const documents: ShapeDocument[] = [];
  for (const [i, series] of batch.entries()) {
    if (series.timestamps.length > 0) documents.push(liveDocument(series, window));
    if (i % documentsPerTurn === documentsPerTurn - 1) await clock.sleep(0);
  }
  return documents;
}

/** The document of a live series: no anomaly, so its span is the window and its score 0. */
export function liveDocument(series: Series, { from, until }: Window): ShapeDocument {
  const { metric, timestamps, values } = bounded(series);
  return {
    id: liveId(metric), metric, kind: 'live', score: 0, start: from, end: until, from, until, timestamps, values, fingerprint: fingerprint(values), vector: shapeVector(timestamps, values),
  };
}

/** The metric's name; of one too long for an id its beginning and its hash. */
export function liveId(metric: string): string {
  if (Buffer.byteLength(metric) <= longestId) return metric;
  return `${metric.slice(0, 100)}#${createHash('sha256').update(metric).digest('hex')}`;
}
