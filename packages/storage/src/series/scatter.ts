import type { DatapointBatch } from '@skylark/core';
import { entryBytes, headerBytes, logLayouts } from './log-record.js';

/** One shard's part of a batch: a log record in the making. Its ids are handles still; `words[1]`, the minute, is not set. */
export interface ShardPart {
  readonly shard: number;
  readonly layout: number;
  readonly count: number;
  readonly words: Uint32Array;
  /** The record, with four bytes behind it for its checksum. */
  readonly bytes: Uint8Array;
}

/** Splits a batch by shard into log records, in the batch's order. Copies: the caller's arrays are free again when it returns. */
export function scatter(batch: DatapointBatch, shardOfHandle: Uint16Array, shards: number): ShardPart[] {
  const parts = makeParts(batch, shardOfHandle, shards);
  const { handles, timestamps, values, length } = batch;
  const words = new Uint32Array(parts.buffer);
  const doubles = new Float64Array(parts.buffer);
  for (let i = 0; i < length; i += 1) {
    const handle = handles[i]!;
    const shard = shardOfHandle[handle]!;
    const at = parts.cursors[shard]!;
    words[at] = handle;
    if (parts.fractional[shard] === 0) {
      words[at + 1] = timestamps[i]!;
      doubles[(at + 2) >>> 1] = values[i]!;
      parts.cursors[shard] = at + 4;
    } else {
      doubles[(at + 2) >>> 1] = timestamps[i]!;
      doubles[(at + 4) >>> 1] = values[i]!;
      parts.cursors[shard] = at + 6;
    }
  }
  return parts.list;
}

interface Parts {
  readonly buffer: ArrayBuffer;
  readonly list: ShardPart[];
  readonly fractional: Uint8Array;
  /** By shard: index of the next free word. */
  readonly cursors: Uint32Array;
}

function makeParts({ handles, timestamps, length }: DatapointBatch, shardOfHandle: Uint16Array, shards: number): Parts {
  const counts = new Uint32Array(shards);
  const fractional = new Uint8Array(shards);
  for (let i = 0; i < length; i += 1) {
    const shard = shardOfHandle[handles[i]!]!;
    const timestamp = timestamps[i]!;
    counts[shard]! += 1;
    if (timestamp >>> 0 !== timestamp) fractional[shard] = 1;
  }
  const layoutOf = (shard: number): number => (fractional[shard] === 1 ? logLayouts.fractional : logLayouts.whole);
  // Eight bytes behind each record: its checksum, and what keeps the next one aligned.
  const bytesOf = (shard: number): number => headerBytes + counts[shard]! * entryBytes(layoutOf(shard)) + 8;
  let size = 0;
  const offsets = new Uint32Array(shards);
  for (let shard = 0; shard < shards; shard += 1) {
    offsets[shard] = size;
    if (counts[shard]! > 0) size += bytesOf(shard);
  }
  const buffer = new ArrayBuffer(size);
  const list: ShardPart[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    const count = counts[shard]!;
    if (count === 0) continue;
    const offset = offsets[shard]!;
    const recordBytes = bytesOf(shard) - 8;
    const words = new Uint32Array(buffer, offset, recordBytes / 4);
    words[0] = layoutOf(shard);
    words[2] = count;
    list.push({ shard, layout: layoutOf(shard), count, words, bytes: new Uint8Array(buffer, offset, recordBytes + 4) });
  }
  return { buffer, list, fractional, cursors: offsets.map((offset) => (offset + headerBytes) / 4) };
}
