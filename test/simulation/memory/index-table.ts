import { type CandidateQuery, type PutFailure, type ShapeDocument, SkylarkError } from '@skylark/core';
import { phraseSlop } from '../../../packages/storage/src/embedded/phrase-slop.js';
import { byBytes } from './state-table.js';

/** `AnomalyIndex` as a map for each generation: each call is one step. */
export interface IndexTable {
  put(documents: readonly ShapeDocument[], asOf: number, into?: Generation): PutFailure[];
  get(ids: readonly string[]): ShapeDocument[];
  candidates(query: CandidateQuery, page: { limit: number; after?: string; generation?: string }): ShapeDocument[];
  /** A number for a generation that is begun. */
  begin(): number;
  /** Readers see it from then on; unless one that was begun later is there. */
  swap(name: string, generation: Generation, begun: number): void;
  /** What was put as of an earlier time and arrives later does not bring a document back. (Elasticsearch forgets that with a rebuild: see the README.) */
  remove(selection: { ids: readonly string[] } | { metrics: readonly string[] } | { untilBefore: number }, asOf: number): number;
  count(): number;
}

export type Generation = Map<string, { readonly document: ShapeDocument; readonly asOf: number }>;

const anomalies = 'anomalies';

export function createIndexTable(): IndexTable {
  const generations = new Map<string, Generation>([[anomalies, new Map()]]);
  const gone = new Map<string, number>();
  const shown = new Map<string, number>();
  let begun = 0;
  const current = (name = anomalies): Generation => generations.get(name) ?? new Map<string, never>();
  return {
    put(documents, asOf, into = current()) {
      const refused = documents.filter(({ id }) => id === '' || Buffer.byteLength(id) > 512);
      for (const document of documents) {
        const isOld = Math.max(into.get(document.id)?.asOf ?? -Infinity, into === current() ? (gone.get(document.id) ?? -Infinity) : -Infinity) > asOf;
        if (!isOld && !refused.includes(document)) into.set(document.id, { document: copyOf(document), asOf });
      }
      return refused.map(({ id }) => ({ id, reason: 'id is too short or too long' }));
    },
    get: (ids) => ids.flatMap((id) => (current().has(id) ? [copyOf(current().get(id)!.document)] : [])),
    candidates(query, { limit, after, generation }) {
      const ranked = rank([...current(generation).values()].map(({ document }) => document).sort((a, b) => byBytes(a.id, b.id)), query);
      const paged = query.by === 'all' || query.by === 'metric' ? ranked.filter(({ id }) => after === undefined || byBytes(id, after) > 0) : ranked;
      return paged.slice(0, limit).map(copyOf);
    },
    begin: () => (begun += 1),
    swap(name, generation, number) {
      if ((shown.get(name) ?? 0) > number) throw new SkylarkError('index-away', `${name} was made anew meanwhile`);
      generations.set(name, generation);
      shown.set(name, number);
    },
    remove(selection, asOf) {
      let removed = 0;
      if ('ids' in selection) for (const id of selection.ids) gone.set(id, asOf);
      for (const generation of generations.values()) {
        for (const { document } of [...generation.values()]) if (isSelected(document, selection) && generation.delete(document.id)) removed += 1;
      }
      return removed;
    },
    count: () => current().size,
  };
}

function copyOf(document: ShapeDocument): ShapeDocument {
  return { ...document, timestamps: document.timestamps.slice(), values: document.values.slice(), vector: document.vector.slice() };
}

function isSelected({ id, metric, until }: ShapeDocument, selection: Parameters<IndexTable['remove']>[0]): boolean {
  if ('ids' in selection) return selection.ids.includes(id);
  return 'metrics' in selection ? selection.metrics.includes(metric) : until < selection.untilBefore;
}

function rank(documents: readonly ShapeDocument[], query: CandidateQuery): ShapeDocument[] {
  if (query.by === 'all') return [...documents];
  if (query.by === 'metric') return documents.filter(({ metric }) => metric === query.metric);
  const distance = ({ fingerprint, vector }: ShapeDocument): number | null =>
    query.by === 'vector' ? Math.hypot(...vector.map((value, i) => value - query.vector[i]!)) : phraseSlop(wordsOf(query.fingerprint), wordsOf(fingerprint), query.slop);
  const ranked = documents.flatMap((document) => {
    const far = distance(document);
    return far === null ? [] : [{ document, far }];
  });
  return ranked.sort((a, b) => a.far - b.far).map(({ document }) => document);
}

const wordsOf = (fingerprint: string): string[] => fingerprint.split(' ').filter((word) => word !== '');
