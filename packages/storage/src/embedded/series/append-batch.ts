import type { DatapointBatch } from '@skylark/core';
import { closeChecksum } from '../checksum.js';
import { logKey } from '../keys.js';
import type { TreeWriter } from '../tree.js';
import type { Handles } from '../../series/handles.js';
import { entryBytes } from '../../series/log-record.js';
import { registerName, type NameCaches, type ShardCache } from './names.js';
import { scatter, type ShardPart } from '../../series/scatter.js';
import { readHead, writeHead } from './shard-head.js';

export interface Appending {
  readonly handles: Handles;
  readonly names: NameCaches;
  readonly shards: number;
  /** Minutes since the epoch. */
  readonly arrivalMinute: () => number;
}

/** Copies a batch into log records at once; the answer writes them in a transaction and says whether names were new. */
export function prepareAppend(appending: Appending, batch: DatapointBatch): (writer: TreeWriter) => boolean {
  const parts = scatter(batch, appending.handles.shardOf(), appending.shards);
  return (writer) => {
    let registered = false;
    for (const part of parts) registered = appendPart(appending, writer, part) || registered;
    return registered;
  };
}

/** One shard's log record, under the next sequence: the order of transactions is the order of append. */
function appendPart({ handles, names, arrivalMinute }: Appending, writer: TreeWriter, part: ShardPart): boolean {
  const { shard, words, bytes } = part;
  const head = readHead(writer, shard);
  handles.forgetIds(shard, head.removals);
  const cache = names.at(writer, shard, head);
  const registered = putIds({ handles, writer, cache }, part);
  const minute = arrivalMinute();
  words[1] = minute;
  const key = logKey(shard, head.nextSequence);
  writer.putChecked(key, closeChecksum(key, bytes));
  writeHead(writer, shard, {
    ...head, version: cache.version, nextId: cache.nextId, nextSequence: head.nextSequence + 1,
    logBytes: head.logBytes + bytes.length, firstMinute: head.firstMinute === 0 ? minute : head.firstMinute,
  });
  return registered;
}

/** Turns the record's handles into ids, in place; registers names that have none. */
function putIds({ handles, writer, cache }: { handles: Handles; writer: TreeWriter; cache: ShardCache }, { shard, layout, count, words }: ShardPart): boolean {
  const ids = handles.ids();
  const stride = entryBytes(layout) / 4;
  const before = cache.nextId;
  for (let i = 0, at = 4; i < count; i += 1, at += stride) {
    const handle = words[at]!;
    let id = ids[handle]!;
    if (id === 0) {
      const name = handles.nameOf(handle);
      id = cache.ids.get(name) ?? registerName(writer, shard, cache, name);
      ids[handle] = id;
    }
    words[at] = id;
  }
  return cache.nextId !== before;
}
