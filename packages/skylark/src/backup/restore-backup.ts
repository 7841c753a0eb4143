import { type Anomaly, type Backend, type Clock, type DatapointBatch, noRemarks, type RemarksChange, type Series, SkylarkError } from '@skylark/core';
import { headerOf } from './check-backup.js';
import type { Frame } from './frames.js';
import { fitsShards } from './kept-state.js';
import { type BackupHeader, decodeAnomalies, decodeCollections, decodeSeries, decodeShapes, decodeState } from './payloads.js';
import { beginRestore, endRestore, readRestoreRecord, requireRestore } from './restore-record.js';

export interface RestoreTarget {
  readonly backend: Pick<Backend, 'series' | 'anomalies' | 'index' | 'collections' | 'state'>;
  readonly retentionSeconds: number | null;
  readonly clock: Clock;
}

/** What of a part came in, and what did not. */
export interface Restored {
  readonly datapoints: number;
  readonly anomalies: number;
  readonly shapes: number;
  readonly collections: number;
  readonly state: number;
  /** Datapoints older than the retention here. */
  readonly leftOut: number;
  /** Shapes that the index will not have. */
  readonly refused: number;
}

export const nothingRestored: Restored = { datapoints: 0, anomalies: 0, shapes: 0, collections: 0, state: 0, leftOut: 0, refused: 0 };

const datapointsAtOnce = 50_000;

/**
 * Puts one part of a backup into a store, durable when it resolves; doing it twice is the same as once, so that an interrupted restore is gone through again from the
 * beginning. The header begins it: refused unless the store is empty, or half restored from this very backup. The end ends it; until then the store says so (`restoreHealth`).
 *
 * @param backup the id in the header; every part names it
 * @throws SkylarkError store-not-empty, restore-unfinished, and those of the ports
 */
export async function restoreFrame(target: RestoreTarget, backup: string, frame: Frame): Promise<Restored> {
  const { backend, clock } = target;
  if (frame.kind === 'header') {
    await begin(target, headerOf(frame, `backup ${backup}`));
    return nothingRestored;
  }
  const { shards } = await requireRestore(backend.state, backup);
  switch (frame.kind) {
    case 'series': return { ...nothingRestored, ...(await restoreSeries(target, decodeSeries(frame.payload))) };
    case 'shapes': {
      const documents = decodeShapes(frame.payload);
      const { length: refused } = await backend.index.put(documents);
      return { ...nothingRestored, shapes: documents.length - refused, refused };
    }
    case 'anomalies': return { ...nothingRestored, anomalies: await restoreAnomalies(backend, decodeAnomalies(frame.payload)) };
    case 'collections': {
      const collections = decodeCollections(frame.payload);
      for (const collection of collections) await backend.collections.put(collection, (await backend.collections.get(collection.id))?.version ?? 0);
      return { ...nothingRestored, collections: collections.length };
    }
    case 'state': {
      const records = decodeState(frame.payload).filter((record) => fitsShards(record, shards === backend.series.shards));
      for (const { key, value } of records) await backend.state.set(key, value, null);
      return { ...nothingRestored, state: records.length };
    }
    case 'end': {
      for (let shard = 0; shard < backend.series.shards; shard += 1) await backend.series.maintain(shard, clock.now());
      await endRestore(backend.state);
      return nothingRestored;
    }
  }
}

async function begin({ backend, clock }: RestoreTarget, { id, shards }: BackupHeader): Promise<void> {
  const unfinished = await readRestoreRecord(backend.state);
  if (unfinished?.backup === id) return;
  if (unfinished !== null) throw new SkylarkError('store-not-empty', `it holds half of backup ${unfinished.backup}; finish with that file, or begin with a fresh folder or an empty Redis and index`);
  const found = await whatIsThere(backend);
  if (found !== null) throw new SkylarkError('store-not-empty', `it holds ${found}; restore into a fresh folder (--data), or an empty Redis and index`);
  await beginRestore(backend.state, { backup: id, startedAt: clock.now(), shards });
}

/** What keeps a store from being empty; its own `skylark.*` metrics do not. */
async function whatIsThere({ series, anomalies, collections }: RestoreTarget['backend']): Promise<string | null> {
  for (let shard = 0; shard < series.shards; shard += 1) {
    const name = (await series.list(shard))?.metrics.find((metric) => !metric.startsWith('skylark.'));
    if (name !== undefined) return `metrics such as ${name}`;
  }
  const { total } = await anomalies.query({ state: 'all', limit: 1 });
  if (total > 0) return `${total} anomalies`;
  const saved = await collections.list({ limit: 1, offset: 0 });
  return saved.total > 0 ? `${saved.total} collections` : null;
}

async function restoreSeries({ backend: { series: store }, retentionSeconds, clock }: RestoreTarget, all: Iterable<Series>): Promise<Pick<Restored, 'datapoints' | 'leftOut'>> {
  const oldest = retentionSeconds === null ? 0 : clock.now() - retentionSeconds;
  let [datapoints, leftOut] = [0, 0];
  let waiting: Series[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    if (count > 0) await store.append(batchOf(waiting, await store.handles(waiting.map(({ metric }) => metric)), count));
    [waiting, count] = [[], 0];
  };
  for (const { metric, timestamps, values } of all) {
    const first = timestamps.findIndex((timestamp) => timestamp >= oldest);
    const kept = first < 0 ? timestamps.length : first;
    leftOut += kept;
    datapoints += timestamps.length - kept;
    for (let at = kept; at < timestamps.length; at += datapointsAtOnce) {
      waiting.push({ metric, timestamps: timestamps.subarray(at, at + datapointsAtOnce), values: values.subarray(at, at + datapointsAtOnce) });
      count += Math.min(datapointsAtOnce, timestamps.length - at);
      if (count >= datapointsAtOnce) await flush();
    }
  }
  await flush();
  return { datapoints, leftOut };
}

function batchOf(all: readonly Series[], handles: Uint32Array, length: number): DatapointBatch {
  const batch = { handles: new Uint32Array(length), timestamps: new Float64Array(length), values: new Float64Array(length), length };
  let at = 0;
  for (const [i, { timestamps, values }] of all.entries()) {
    batch.handles.fill(handles[i]!, at, at + values.length);
    batch.timestamps.set(timestamps, at);
    batch.values.set(values, at);
    at += values.length;
  }
  return batch;
}

/** Findings first, then what people said of them, with the time of the last change. */
async function restoreAnomalies({ anomalies: log }: RestoreTarget['backend'], anomalies: readonly Anomaly[]): Promise<number> {
  await log.record(anomalies);
  for (const { id, acknowledged, mutedUntil, feedback, note, by, updated } of anomalies) {
    const remarks: RemarksChange = { acknowledged, mutedUntil, feedback, note };
    const isSilent = Object.entries(remarks).every(([key, value]) => value === noRemarks[key as keyof typeof noRemarks]) && by === undefined;
    if (!isSilent) await log.annotate(id, { ...remarks, ...(by === undefined ? {} : { by }) }, updated);
  }
  return anomalies.length;
}
