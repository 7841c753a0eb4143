/**
 * Keys of the one tree. The first byte is the kind of record, so that kinds lie together; numbers are big-endian, so that
 * bytes sort as the numbers do. A kind is never given a second meaning: that would be a new format.
 */
export const kinds = {
  /** shard -> counters of the shard: see `shard-head.ts`. */
  head: 0x48,
  /** shard, id -> name, and the same once more, so that one damaged page never costs a name. */
  name: 0x4e,
  nameCopy: 0x4d,
  /** shard, sequence -> one append's datapoints. */
  log: 0x4c,
  /** shard, hour, id -> block. */
  block: 0x42,
  /** shard -> first and last hour with a block, by id. */
  extents: 0x45,
  /** key -> versioned JSON. */
  state: 0x53,
  /** lease -> holder, token, end. */
  lease: 0x52,
  /** id -> anomaly; and the ids of those that are open. */
  anomaly: 0x41,
  openAnomaly: 0x4f,
  /** sequence -> what happened to an anomaly; and its counters. */
  event: 0x56,
  eventHead: 0x57,
  /** id -> investigation. */
  collection: 0x43,
  /** queue, id -> job; queue, sequence -> id of a waiting job; queue, id of an active one; queue, time, id of a finished one. */
  job: 0x4a,
  waitingJob: 0x50,
  activeJob: 0x51,
  finishedJob: 0x46,
  queueHead: 0x54,
  /** generation's name -> its number; number, id -> document in two parts: what is scanned, and the data. */
  generation: 0x47,
  shapeHead: 0x58,
  shapeData: 0x59,
  /** key -> length and checksum of a snapshot; key, part -> its bytes. */
  snapshot: 0x4b,
  snapshotPart: 0x49,
  /** sequence -> a record that failed its checksum, as it was found. */
  damaged: 0x44,
  /** What the store is: format and shards. */
  format: 0x5a,
} as const;

export type Kind = (typeof kinds)[keyof typeof kinds];

/** A key of a kind and whole numbers; each part is [value, bytes]. */
function numbered(kind: Kind, ...parts: readonly (readonly [value: number, bytes: number])[]): Uint8Array {
  const key = Buffer.allocUnsafe(parts.reduce((sum, [, bytes]) => sum + bytes, 1));
  key[0] = kind;
  let at = 1;
  for (const [value, bytes] of parts) at = key.writeUIntBE(value, at, bytes);
  return key;
}

export const kindKey = (kind: Kind): Uint8Array => Uint8Array.of(kind);
export const shardKey = (kind: Kind, shard: number): Uint8Array => numbered(kind, [shard, 2]);
export const sequenceKey = (kind: Kind, sequence: number): Uint8Array => numbered(kind, [sequence, 6]);
export const nameKey = (shard: number, id: number, kind: Kind = kinds.name): Uint8Array => numbered(kind, [shard, 2], [id, 4]);
export const logKey = (shard: number, sequence: number): Uint8Array => numbered(kinds.log, [shard, 2], [sequence, 6]);

/** On the hot path of reading: written byte by byte. */
export function blockKey(shard: number, hour: number, id: number): Uint8Array {
  const key = new Uint8Array(11);
  key[0] = kinds.block;
  key[1] = shard >>> 8;
  key[2] = shard;
  key[3] = hour >>> 24;
  key[4] = hour >>> 16;
  key[5] = hour >>> 8;
  key[6] = hour;
  key[7] = id >>> 24;
  key[8] = id >>> 16;
  key[9] = id >>> 8;
  key[10] = id;
  return key;
}

export function readNumber(key: Uint8Array, at: number, bytes: number): number {
  let number = 0;
  for (let i = at; i < at + bytes; i += 1) number = number * 256 + key[i]!;
  return number;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A key of a kind and a text. Callers keep texts to 512 bytes: a key may have 1,978. */
export const textKey = (kind: Kind, name: string): Uint8Array => Buffer.concat([kindKey(kind), utf8.encode(name)]);
export const textOf = (bytes: Uint8Array): string => text.decode(bytes);
export const bytesOf = (name: string): Uint8Array => utf8.encode(name);

/** The first key after all that start with this one. */
export function after(prefix: Uint8Array): Uint8Array {
  const end = Uint8Array.from(prefix);
  for (let i = end.length - 1; i >= 0; i -= 1) {
    if (end[i]! < 255) {
      end[i]! += 1;
      return end.subarray(0, i + 1);
    }
  }
  return Uint8Array.of(255, 255, 255, 255);
}
