import { type Collection, SkylarkError } from '@skylark/core';

interface Versioned {
  readonly version: number;
  readonly collection: Collection;
}

/** `CollectionStore` as a map: each call is one step. */
export interface CollectionTable {
  put(collection: Collection, expected: number): number;
  get(id: string): Versioned | null;
  list(page: { text?: string; limit: number; offset: number }): { total: number; collections: Collection[] };
  delete(id: string): boolean;
}

export function createCollectionTable(): CollectionTable {
  const kept = new Map<string, Versioned>();
  return {
    put(collection, expected) {
      const version = kept.get(collection.id)?.version ?? 0;
      if (version !== expected) throw new SkylarkError('version-conflict', `collection ${collection.id} is at ${version}, not ${expected}`);
      kept.set(collection.id, { version: version + 1, collection: structuredClone(collection) });
      return version + 1;
    },
    get: (id) => structuredClone(kept.get(id)) ?? null,
    list({ text, limit, offset }) {
      const wanted = text?.toLowerCase() ?? '';
      const found = [...kept.values()].map(({ collection }) => collection).filter((one) => textsOf(one).some((some) => some.toLowerCase().includes(wanted)));
      found.sort((a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1));
      return { total: found.length, collections: structuredClone(found.slice(offset, offset + limit)) };
    },
    delete: (id) => kept.delete(id),
  };
}

const textsOf = ({ title, notes, comments, metrics }: Collection): string[] => [title, notes, ...comments.map(({ text }) => text), ...metrics];
