import type { AnomalyIndex } from '@skylark/core';
import type { BulkItem, BulkWriter } from './bulk-writer.js';
import { isId } from './document-source.js';
import { search } from './find-candidates.js';
import { endOfMonth } from './index-names.js';
import type { AnomalyIndexParts } from './index-parts.js';
import { isWhole, type IndexState } from './index-topology.js';
import { readVersions } from './read-by-id.js';
import { numberAt, textAt, type JsonObject } from './replies.js';
import { versionAt } from './versions.js';

type Removal = AnomalyIndex['remove'];

const daySeconds = 86_400;
const atOnce = 1000;
const metricsAtOnce = 500;

/** A document that is there; it is deleted as of its own version at least. */
interface Found {
  readonly id: string;
  readonly version: number;
}

/** Deletes documents in every generation: whole months at a time where all of them are meant, else one by one. No delete-by-query, which some distributions lack. */
export function createRemoval({ connection, names, topology, write, clock }: AnomalyIndexParts & { write: BulkWriter }): Removal {
  const deleteAll = async (state: IndexState, found: readonly Found[]): Promise<void> => {
    const now = versionAt(clock.now());
    const items = found.map(({ id, version }): BulkItem => ({ alias: names.writer(state.index), id, version: Math.max(now, version), source: null }));
    await write(items, { tries: 4, patient: false, recreate: async (alias) => alias });
  };

  /** Deletes what a query finds, a thousand at a time, until it finds nothing. */
  const deleteFound = async (state: IndexState, query: JsonObject): Promise<number> => {
    for (let removed = 0; ;) {
      await connection.request({ method: 'POST', path: `/${state.index}/_refresh`, accept: [404] });
      const hits = await search(connection, state.index, { query, size: atOnce, _source: false, version: true });
      if (hits.length === 0) return removed;
      await deleteAll(state, hits.map((hit) => ({ id: textAt(hit, '_id') ?? '', version: numberAt(hit, '_version') ?? 0 })));
      removed += hits.length;
    }
  };

  /** Also what is not there: a put that is still on its way finds the deletion's version, and undoes nothing. */
  const removeIds = async (state: IndexState, ids: readonly string[]): Promise<number> => {
    const versions = await readVersions(connection, ids.map((id) => ({ _index: state.index, _id: id })));
    await deleteAll(state, ids.map((id, i): Found => ({ id, version: versions[i] ?? 0 })));
    return versions.filter((version) => version !== null).length;
  };

  /** A month in which even the longest window has ended (a day after its last start) goes as a whole, if a look confirms it. */
  const removeOld = async (state: IndexState, untilBefore: number): Promise<number> => {
    if (state.month !== null && endOfMonth(state.month) + daySeconds < untilBefore) {
      await connection.request({ method: 'POST', path: `/${state.index}/_refresh`, accept: [404] });
      const later = await search(connection, state.index, { query: { range: { until: { gte: untilBefore } } }, size: 1, _source: false });
      if (later.length === 0) {
        const { body } = await connection.request({ method: 'GET', path: `/${state.index}/_count`, query: { ignore_unavailable: true } });
        await topology.drop(state.index);
        return numberAt(body, 'count') ?? 0;
      }
    }
    return deleteFound(state, { range: { until: { lt: untilBefore } } });
  };

  return async (selection) => {
    let removed = 0;
    for (const state of (await topology.list()).filter(isWhole)) {
      if ('ids' in selection) removed += await removeIds(state, selection.ids.filter(isId));
      else if ('untilBefore' in selection) removed += await removeOld(state, selection.untilBefore);
      else for (let i = 0; i < selection.metrics.length; i += metricsAtOnce) removed += await deleteFound(state, { terms: { metric: selection.metrics.slice(i, i + metricsAtOnce) } });
    }
    return removed;
  };
}
