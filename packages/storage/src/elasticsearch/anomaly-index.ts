import type { AnomalyIndex, ShapeDocument } from '@skylark/core';
import { bulkItems } from './bulk-items.js';
import { createBulkWriter } from './bulk-writer.js';
import { createDeadLetters } from './dead-letters.js';
import { fromSource, isId, storedFields } from './document-source.js';
import type { ElasticConnection } from './elastic-connection.js';
import { findCandidates, type CandidateSearch } from './find-candidates.js';
import type { AnomalyIndexParts } from './index-parts.js';
import { anomalies, monthOf } from './index-names.js';
import type { IndexState } from './index-topology.js';
import { createRemoval } from './remove-documents.js';
import { createReplacement } from './replace-generation.js';
import { listAt, numberAt, objectAt, type JsonObject } from './replies.js';
import { createVersions } from './versions.js';

/**
 * The `AnomalyIndex` on Elasticsearch.
 *
 * A document lies in the index of the month its anomaly began in. The begin is part of an anomaly's id and never changes, so a document is in one index only,
 * however often it is put; `_id` is the document's id, so it is there once.
 */
export function createElasticAnomalyIndex(parts: AnomalyIndexParts): AnomalyIndex {
  const { connection, names, topology, counters } = parts;
  const write = createBulkWriter(parts);
  const versions = createVersions(parts.clock);
  const deadLetters = createDeadLetters({ ...parts, write, versions });
  const where: CandidateSearch = { connection, counters, vectors: () => topology.vectors() };
  const monthOfAlias = (alias: string): string => alias.slice(names.writer('').length);

  return {
    async put(documents, asOf) {
      if (documents.length === 0) return [];
      const { items, failures } = bulkItems(documents, { vectors: await topology.vectors(), aliasOf: ({ start }) => names.writer(monthOf(start)), versions: asOf === undefined ? versions : () => Math.round(asOf * 1000) });
      failures.push(...await write(items, { tries: 4, patient: false, recreate: (alias) => topology.ensureMonth(monthOfAlias(alias)) }));
      await deadLetters(failures, documents);
      return failures;
    },
    async get(ids) {
      const wanted = ids.filter(isId);
      if (wanted.length === 0) return [];
      const serving = (await topology.list()).filter(({ generation, building }) => generation === anomalies && !building);
      const found = new Map<string, ShapeDocument>();
      for (const source of await readByIds(connection, serving, wanted)) {
        const document = fromSource(source);
        if (document) found.set(document.id, document);
        else counters.unreadable();
      }
      return wanted.flatMap((id) => found.get(id) ?? []);
    },
    candidates: (query, { limit, after, generation = anomalies }) => findCandidates(where, names.reader(generation), query, { limit, ...(after !== undefined && { after }) }),
    replace: createReplacement({ ...parts, write, deadLetters }),
    remove: createRemoval({ ...parts, write, versions }),
    async count() {
      const { body } = await connection.request({ method: 'GET', path: `/${names.reader(anomalies)}/_count`, query: { ignore_unavailable: true } });
      return numberAt(body, 'count') ?? 0;
    },
  };
}

const mostRead = 500;

/** Reads by id as they are now, refreshed or not; the same id is in one index only. */
async function readByIds(connection: ElasticConnection, indices: readonly IndexState[], ids: readonly string[]): Promise<JsonObject[]> {
  const wanted = ids.flatMap((id) => indices.map(({ index }) => ({ _index: index, _id: id, _source: storedFields })));
  const sources: JsonObject[] = [];
  for (let i = 0; i < wanted.length; i += mostRead) {
    const { body } = await connection.request({ method: 'POST', path: '/_mget', body: { docs: wanted.slice(i, i + mostRead) } });
    for (const entry of listAt(body, 'docs') ?? []) if ((entry as JsonObject)['found'] === true) sources.push(objectAt(entry, '_source'));
  }
  return sources;
}
