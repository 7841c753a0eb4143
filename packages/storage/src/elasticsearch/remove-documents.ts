import type { AnomalyIndex } from '@skylark/core';
import type { BulkItem, BulkWriter } from './bulk-writer.js';
import { isId } from './document-source.js';
import { search } from './find-candidates.js';
import { endOfMonth, type IndexNames } from './index-names.js';
import type { AnomalyIndexParts } from './index-parts.js';
import type { IndexState } from './index-topology.js';
import { listAt, numberAt, textAt, type JsonObject } from './replies.js';

type Removal = AnomalyIndex['remove'];

const daySeconds = 86_400;
const idsAtOnce = 1000;
const metricsAtOnce = 500;

/** Deletes documents in every generation: whole months at a time where all of them are meant, else one by one. No delete-by-query, which some distributions lack. */
export function createRemoval({ connection, names, topology, write, versions }: AnomalyIndexParts & { write: BulkWriter; versions: () => number }): Removal {
  const deleteIds = async (state: IndexState, ids: readonly string[]): Promise<void> => {
    const items = ids.map((id): BulkItem => ({ alias: writerOf(state, names), id, version: versions(), source: null }));
    await write(items, { tries: 4, patient: false, recreate: async () => undefined });
  };

  /** Deletes what a query finds, a thousand at a time, until it finds nothing. */
  const deleteFound = async (state: IndexState, query: JsonObject): Promise<number> => {
    let removed = 0;
    for (;;) {
      await connection.request({ method: 'POST', path: `/${state.index}/_refresh`, accept: [404] });
      const ids = (await search(connection, state.index, { query, size: idsAtOnce, _source: false })).flatMap((hit) => textAt(hit, '_id') ?? []);
      if (ids.length === 0) return removed;
      await deleteIds(state, ids);
      removed += ids.length;
    }
  };

  const removeIds = async (state: IndexState, ids: readonly string[]): Promise<number> => {
    let removed = 0;
    for (let i = 0; i < ids.length; i += idsAtOnce) {
      const docs = ids.slice(i, i + idsAtOnce).map((id) => ({ _index: state.index, _id: id, _source: false }));
      const { body } = await connection.request({ method: 'POST', path: '/_mget', body: { docs } });
      const there = (listAt(body, 'docs') ?? []).flatMap((entry) => ((entry as JsonObject)['found'] === true ? textAt(entry, '_id') ?? [] : []));
      await deleteIds(state, there);
      removed += there.length;
    }
    return removed;
  };

  /** A month in which even the longest window has ended (a day after its last start) goes as a whole, if a look confirms it. */
  const removeOld = async (state: IndexState, untilBefore: number): Promise<number> => {
    if (state.month !== null && endOfMonth(state.month) + daySeconds < untilBefore) {
      await connection.request({ method: 'POST', path: `/${state.index}/_refresh`, accept: [404] });
      const later = await search(connection, state.index, { query: { range: { until: { gte: untilBefore } } }, size: 1, _source: false });
      if (later.length === 0) {
        const { body } = await connection.request({ method: 'GET', path: `/${state.index}/_count`, query: { ignore_unavailable: true } });
        await topology.drop([state.index]);
        return numberAt(body, 'count') ?? 0;
      }
    }
    return deleteFound(state, { range: { until: { lt: untilBefore } } });
  };

  return async (selection) => {
    let removed = 0;
    for (const state of (await topology.list()).filter(({ building }) => !building)) {
      if ('ids' in selection) removed += await removeIds(state, selection.ids.filter(isId));
      else if ('untilBefore' in selection) removed += await removeOld(state, selection.untilBefore);
      else for (let i = 0; i < selection.metrics.length; i += metricsAtOnce) removed += await deleteFound(state, { terms: { metric: selection.metrics.slice(i, i + metricsAtOnce) } });
    }
    return removed;
  };
}

/** Writes go through aliases alone; a generation without months has one index, so its readers' alias leads there. */
function writerOf({ generation, month }: IndexState, names: IndexNames): string {
  return month === null ? names.reader(generation) : names.writer(month);
}
