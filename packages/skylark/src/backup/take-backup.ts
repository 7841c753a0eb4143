import type { Anomaly, Backend, Clock, ShapeDocument } from '@skylark/core';
import { encodeFrame, type FrameKind, magic } from './frames.js';
import { isKeptState } from './kept-state.js';
import { type BackupHeader, type BackupTotals, encodeCollections, encodeSeries, encodeShapes, noTotals, toJson } from './payloads.js';
import { readAllSeries } from './read-all-series.js';

export interface BackupSource {
  readonly backend: Pick<Backend, 'kind' | 'series' | 'anomalies' | 'index' | 'collections' | 'state'>;
  readonly retentionSeconds: number | null;
  /** Of the program. */
  readonly version: string;
  /** Told from all other backups by it. */
  readonly id: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const frameBytes = 2 ** 20;
const anomaliesAtOnce = 500;
const collectionsAtOnce = 4;
const eventsAtOnce = 1000;

type Part = readonly [FrameKind, Uint8Array];

/**
 * Everything a store holds that cannot be made anew, as the bytes of one file, through the ports alone: the same from either backend. Memory is some MiB.
 *
 * Taken while the store is in use, it holds every datapoint, anomaly, remark, collection and setting that was acknowledged before it began; of what is written, changed or
 * removed meanwhile each thing is in it as it was at some moment until the end, or not. Left out: queues, leases, cursors, detectors' memory, series that an index mirrors.
 *
 * @throws SkylarkError of the ports (store-away, index-away ...): then there is no end, and no reader takes it for whole
 */
export async function* takeBackup(source: BackupSource): AsyncGenerator<Buffer> {
  const { backend, clock, id, version, retentionSeconds, signal } = source;
  const totals = noTotals();
  const header: BackupHeader = { id, startedAt: clock.now(), version, backend: backend.kind, shards: backend.series.shards, retentionSeconds };
  let sequence = 0;
  yield magic;
  for await (const [kind, payload] of parts(source, header, totals)) {
    signal?.throwIfAborted();
    yield await encodeFrame(kind, sequence++, payload);
  }
}

async function* parts({ backend }: BackupSource, header: BackupHeader, totals: { -readonly [Key in keyof BackupTotals]: number }): AsyncGenerator<Part> {
  yield ['header', toJson(header)];
  // What happens to anomalies from here on is read again at the end.
  const { cursor } = await backend.anomalies.follow(null, 1, 0);
  yield* collectionParts(backend, totals);
  const state = (await backend.state.list('')).filter(isKeptState);
  totals.state = state.length;
  for (let at = 0; at < state.length; at += 100) yield ['state', toJson(state.slice(at, at + 100))];
  yield* seriesParts(backend, totals);
  yield* anomalyParts(backend, cursor, totals);
  yield ['end', toJson(totals)];
}

/** One a part: each carries its data. Read again while some moved between pages, which they do when others are deleted meanwhile. */
async function* collectionParts({ collections }: BackupSource['backend'], totals: { collections: number }): AsyncGenerator<Part> {
  const seen = new Set<string>();
  for (let rounds = 0, total = 1; seen.size < total && rounds < 5; rounds += 1) {
    for (let offset = 0; offset < total; offset += collectionsAtOnce) {
      const page = await collections.list({ limit: collectionsAtOnce, offset });
      total = page.total;
      for (const collection of page.collections.filter(({ id }) => !seen.has(id))) {
        seen.add(collection.id);
        yield ['collections', encodeCollections([collection])];
      }
    }
  }
  totals.collections = seen.size;
}

async function* seriesParts({ series }: BackupSource['backend'], totals: { metrics: number; datapoints: number }): AsyncGenerator<Part> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const stretch of readAllSeries(series, () => (totals.metrics += 1))) {
    const encoded = encodeSeries(stretch);
    totals.datapoints += stretch.values.length;
    waiting.push(encoded);
    bytes += encoded.length;
    if (bytes < frameBytes) continue;
    yield ['series', Buffer.concat(waiting)];
    [waiting, bytes] = [[], 0];
  }
  if (bytes > 0) yield ['series', Buffer.concat(waiting)];
}

/** All anomalies by pages, then once more those that changed since `cursor`; each with its shape, which is read after it and restored before it. */
async function* anomalyParts({ anomalies: log, index }: BackupSource['backend'], cursor: string, totals: { anomalies: number; shapes: number }): AsyncGenerator<Part> {
  let since: string = cursor;
  for (let isWhole = false; !isWhole; ) {
    let page: string | undefined;
    do {
      const { anomalies, nextCursor } = await log.query({ state: 'all', limit: anomaliesAtOnce, ...(page === undefined ? {} : { cursor: page }) });
      yield* partsOf(anomalies);
      page = nextCursor;
    } while (page !== undefined);
    const end = (await log.follow(null, 1, 0)).cursor;
    isWhole = true;
    while (since < end) {
      const { events, cursor: next, missed } = await log.follow(since, eventsAtOnce, 0);
      // So much happened meanwhile that the log does not know it all any more: once more from the beginning.
      if (missed) isWhole = false;
      const changed = new Map(events.map(({ type, anomaly }) => [anomaly.id, type === 'removed' ? null : anomaly]));
      yield* partsOf([...changed.values()].filter((anomaly) => anomaly !== null));
      if (events.length === 0 || missed) since = end;
      else since = next;
    }
  }

  async function* partsOf(anomalies: readonly Anomaly[]): AsyncGenerator<Part> {
    if (anomalies.length === 0) return;
    const shapes: readonly ShapeDocument[] = await index.get(anomalies.map(({ id }) => id));
    if (shapes.length > 0) yield ['shapes', encodeShapes(shapes)];
    yield ['anomalies', toJson(anomalies)];
    totals.shapes += shapes.length;
    totals.anomalies += anomalies.length;
  }
}

