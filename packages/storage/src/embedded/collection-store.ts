import { decodeBlock, encodeBlock } from '@skylark/algorithms';
import { SkylarkError, type Collection, type CollectionStore } from '@skylark/core';
import { after, kindKey, kinds, textKey } from './keys.js';
import { checkId } from './limits.js';
import type { Records } from './records.js';
import type { Tree, TreeReader } from './tree.js';

interface Versioned {
  readonly version: number;
  readonly collection: Collection;
}

/** As it lies in the store: the data as blocks. */
type Stored = { version: number } & Omit<Collection, 'series'> & { series: { metric: string; block: Uint8Array }[] };

/** The `CollectionStore` on the tree: one record each; a list reads them all, there are dozens. */
export function createCollectionStore(tree: Tree, records: Records): CollectionStore {
  const toCollection = (bytes: Uint8Array): Versioned => {
    const { version, series, ...rest } = records.unpack<Stored>(bytes);
    return { version, collection: { ...rest, series: series.map(({ metric, block }) => ({ metric, ...decodeBlock(block) })) } };
  };
  const read = (reader: TreeReader, id: string): Versioned | null => {
    const payload = reader.get(textKey(kinds.collection, checkId('collection id', id)));
    return payload ? toCollection(payload) : null;
  };
  return {
    async put(collection, expected) {
      const series = collection.series.map(({ metric, timestamps, values }) => ({ metric, block: encodeBlock(timestamps, values) }));
      return tree.write((writer) => {
        const version = read(writer, collection.id)?.version ?? 0;
        if (version !== expected) throw new SkylarkError('version-conflict', `collection ${collection.id} is at ${version}, not ${expected}`);
        writer.put(textKey(kinds.collection, collection.id), records.pack({ ...collection, version: version + 1, series } satisfies Stored));
        return version + 1;
      });
    },
    async get(id) {
      tree.fresh();
      return read(tree, id);
    },
    async list({ text, limit, offset }) {
      tree.fresh();
      const found: Collection[] = [];
      const wanted = text?.toLowerCase();
      tree.scan(kindKey(kinds.collection), after(kindKey(kinds.collection)), (_, payload) => {
        const { collection } = toCollection(payload);
        if (wanted === undefined || textsOf(collection).some((some) => some.toLowerCase().includes(wanted))) found.push(collection);
      });
      found.sort((a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1));
      return { total: found.length, collections: found.slice(offset, offset + limit) };
    },
    delete: async (id) => tree.write((writer) => writer.remove(textKey(kinds.collection, checkId('collection id', id)))),
  };
}

function textsOf({ title, notes, comments, metrics }: Collection): string[] {
  return [title, notes, ...comments.map((comment) => comment.text), ...metrics];
}
