import { blockKey } from '../keys.js';
import { wellFormed } from '../../series/well-formed.js';
import type { Tree, TreeWriter } from '../tree.js';
import { clear, endHour, firstHour, readExtents, writeExtents } from './extents.js';
import { unregisterName, type NameCaches } from './names.js';
import { readHead, writeHead } from './shard-head.js';

const metricsPerTransaction = 100;

/** Forgets metrics of one shard: name and blocks at once, a metric wholly or not at all. What the log holds of them is void without a name. */
export async function removeFromShard(tree: Tree, names: NameCaches, shard: number, metrics: readonly string[]): Promise<number> {
  let removed = 0;
  for (let i = 0; i < metrics.length; i += metricsPerTransaction) {
    const some = metrics.slice(i, i + metricsPerTransaction);
    removed += await tree.write((writer) => removeSome(writer, names, shard, some));
  }
  return removed;
}

function removeSome(writer: TreeWriter, names: NameCaches, shard: number, metrics: readonly string[]): number {
  const head = readHead(writer, shard);
  const cache = names.at(writer, shard, head);
  const ids = new Set(metrics.map((metric) => cache.ids.get(wellFormed(metric)) ?? 0));
  ids.delete(0);
  if (ids.size === 0) return 0;
  const extents = readExtents(writer, shard);
  for (const id of ids) {
    for (let hour = firstHour(extents, id); hour < endHour(extents, id); hour += 1) writer.remove(blockKey(shard, hour, id));
    clear(extents, id);
    unregisterName(writer, shard, id);
  }
  writeExtents(writer, shard, extents);
  writeHead(writer, shard, { ...head, version: head.version + 1, removals: head.removals + 1 });
  return ids.size;
}
