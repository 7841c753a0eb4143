import type { AnomalyIndex, ShapeDocument } from '@skylark/core';
import { bulkItems } from './bulk-items.js';
import { createBulkWriter, type BulkItem, type BulkOptions } from './bulk-writer.js';
import { createDeadLetters } from './dead-letters.js';
import { fromSource, isId } from './document-source.js';
import { findCandidates, type CandidateSearch } from './find-candidates.js';
import type { AnomalyIndexParts } from './index-parts.js';
import { anomalies, monthOf } from './index-names.js';
import { isWhole } from './index-topology.js';
import { readSources, readVersions } from './read-by-id.js';
import { createRemoval } from './remove-documents.js';
import { createReplacement } from './replace-generation.js';
import { numberAt } from './replies.js';
import { isFromTheFuture, versionAt } from './versions.js';

/**
 * The `AnomalyIndex` on Elasticsearch.
 *
 * A document lies in the index of the month its anomaly began in. The begin is part of an anomaly's id and never changes, so a document is in one index only,
 * however often it is put; `_id` is the document's id, so it is there once.
 */
export function createElasticAnomalyIndex(parts: AnomalyIndexParts): AnomalyIndex {
  const { connection, names, topology, capabilities, counters, clock } = parts;
  const write = createBulkWriter(parts);
  const deadLetters = createDeadLetters({ ...parts, write });
  const where: CandidateSearch = { connection, counters, capabilities };
  const monthOfWriter = (alias: string): string => names.parse(alias.slice(0, -names.writer('').length))?.month ?? '';
  const options: BulkOptions = { tries: 4, patient: false, recreate: (alias) => topology.writer(monthOfWriter(alias), alias) };

  /** Changes that were left out for a version no right clock can have given: with that version, they are taken. */
  const fromTheFuture = async (overtaken: readonly BulkItem[]): Promise<BulkItem[]> => {
    const versions = await readVersions(connection, overtaken.map(({ alias, id }) => ({ _index: alias, _id: id })));
    return overtaken.flatMap((item, i) => (isFromTheFuture(versions[i] ?? 0, clock.now()) ? [{ ...item, version: versions[i]! }] : []));
  };

  return {
    async put(documents, asOf = clock.now()) {
      if (documents.length === 0) return [];
      const writers = new Map<string, string>();
      const sound = documents.filter(({ start }) => Number.isFinite(start));
      for (const month of new Set(sound.map(({ start }) => monthOf(start)))) writers.set(month, await topology.writer(month));
      const { items, failures } = bulkItems(documents, { vectors: (await capabilities.find()).vectors, aliasOf: ({ start }) => writers.get(monthOf(start))!, version: versionAt(asOf) });
      const { failures: refused, overtaken } = await write(items, options);
      failures.push(...refused, ...(await write(await fromTheFuture(overtaken), options)).failures);
      await deadLetters(failures, documents);
      return failures;
    },
    async get(ids) {
      const wanted = ids.filter(isId);
      if (wanted.length === 0) return [];
      const serving = (await topology.list()).filter((state) => state.generation === anomalies && isWhole(state));
      const found = new Map<string, ShapeDocument>();
      for (const source of await readSources(connection, wanted.flatMap((id) => serving.map(({ index }) => ({ _index: index, _id: id }))))) {
        const document = fromSource(source);
        if (document) found.set(document.id, document);
        else counters.unreadable();
      }
      return wanted.flatMap((id) => found.get(id) ?? []);
    },
    candidates: (query, { limit, after, generation = anomalies }) => findCandidates(where, names.reader(generation), query, { limit, ...(after !== undefined && { after }) }),
    replace: createReplacement({ ...parts, write, deadLetters }),
    remove: createRemoval({ ...parts, write }),
    async count() {
      const { body } = await connection.request({ method: 'GET', path: `/${names.reader(anomalies)}/_count`, query: { ignore_unavailable: true } });
      return numberAt(body, 'count') ?? 0;
    },
  };
}
