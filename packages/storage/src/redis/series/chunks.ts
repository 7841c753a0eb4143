import { crc32 } from 'node:zlib';

/**
 * Blocks of neighbouring ids lie together in chunks, because a value of its own costs Redis more than a block of an hour does. A chunk: format 1, CRC-32 of
 * (shard, hour, chunk) and all that follows, then for each block, ascending: its id's place in the chunk (1 byte), its length (3), itself.
 */
export const idsPerChunk = 16;
const format = 1;
const headBytes = 5;
const entryHeadBytes = 4;

export const chunkOf = (id: number): number => Math.floor(id / idsPerChunk);

export interface ChunkPlace {
  readonly shard: number;
  readonly hour: number;
  readonly chunk: number;
}

export interface ChunkEntry {
  readonly id: number;
  readonly block: Uint8Array;
}

/** @param entries ascending by id, at least one */
export function encodeChunk(place: ChunkPlace, entries: readonly ChunkEntry[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { block }) => sum + entryHeadBytes + block.length, headBytes));
  bytes[0] = format;
  let at = headBytes;
  for (const { id, block } of entries) {
    bytes[at] = id % idsPerChunk;
    bytes.writeUIntLE(block.length, at + 1, 3);
    bytes.set(block, at + entryHeadBytes);
    at += entryHeadBytes + block.length;
  }
  bytes.writeUInt32LE(checksumOf(place, bytes), 1);
  return bytes;
}

/** Views of the bytes; null when they are no chunk of that place. */
export function decodeChunk(place: ChunkPlace, bytes: Buffer): ChunkEntry[] | null {
  if (bytes.length <= headBytes || bytes[0] !== format || bytes.readUInt32LE(1) !== checksumOf(place, bytes)) return null;
  const entries: ChunkEntry[] = [];
  for (let at = headBytes; at < bytes.length; ) {
    const end = at + entryHeadBytes + bytes.readUIntLE(at + 1, 3);
    entries.push({ id: place.chunk * idsPerChunk + bytes[at]!, block: bytes.subarray(at + entryHeadBytes, end) });
    at = end;
  }
  return entries;
}

function checksumOf({ shard, hour, chunk }: ChunkPlace, bytes: Uint8Array): number {
  return crc32(bytes.subarray(headBytes), crc32(new Uint8Array(Uint32Array.of(shard, hour, chunk).buffer)));
}
