import type { Logger } from '@skylark/core';
import type { Environment } from './environment.js';
import { after, bytesOf, kindKey, kinds, textOf } from './keys.js';
import { noExtents, writeExtents } from './series/extents.js';
import { makeHeads } from './series/shard-head.js';
import type { TreeReader } from './tree.js';
import { readFormat, storeFormat, writeFormat, type StoreFormat } from './store-format.js';

/** The store's format: of the one that is there, or of one made now, in one transaction. Whichever of the format's two copies is missing is written again. */
export async function makeStore({ tree }: Environment, { folder, shards, logger }: { folder: string; shards: number; logger: Logger }): Promise<StoreFormat> {
  const inFile = readFormat(folder);
  tree.fresh();
  const payload = tree.get(kindKey(kinds.format));
  const inTree = payload ? (JSON.parse(textOf(payload)) as StoreFormat) : null;
  const format = inTree ?? inFile ?? { format: storeFormat, shards };
  if (!inTree) {
    await tree.write((writer) => {
      writer.put(kindKey(kinds.format), bytesOf(JSON.stringify(format)));
      if (holdsData(writer)) return;
      makeHeads(writer, format.shards);
      for (let shard = 0; shard < format.shards; shard += 1) writeExtents(writer, shard, noExtents());
    });
    logger.info('store.made', { folder, ...format });
  }
  if (!inFile) writeFormat(folder, format);
  return format;
}

function holdsData(reader: TreeReader): boolean {
  let any = false;
  for (const kind of [kinds.head, kinds.extents, kinds.name]) {
    reader.keys(kindKey(kind), after(kindKey(kind)), () => {
      any = true;
      return false;
    });
  }
  return any;
}
