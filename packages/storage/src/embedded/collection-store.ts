import { decodeBlock, encodeBlock } from '@skylark/algorithms';
import type { Collection, CollectionStore } from '@skylark/core';
import { after, kindKey, kinds, textKey } from './keys.js';
import { checkId } from '../limits.js';
import { byNewest, holdsText, wrongVersion } from '../rules/collection-rules.js';
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
        if (version !== expected) throw wrongVersion(collection.id, version, expected);
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
      tree.scan(kindKey(kinds.collection), after(kindKey(kinds.collection)), (_, payload) => {
        const { collection } = toCollection(payload);
        if (holdsText(collection, text)) found.push(collection);
      });
      found.sort(byNewest);
      return { total: found.length, collections: found.slice(offset, offset + limit) };
    },
    delete: async (id) => tree.write((writer) => writer.remove(textKey(kinds.collection, checkId('collection id', id)))),
  };
}
