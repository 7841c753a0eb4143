import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { SkylarkError } from '@skylark/core';

/** What a frame holds. A number is never used for anything else again. */
export const frameKinds = { header: 1, collections: 2, state: 3, series: 4, shapes: 5, anomalies: 6, end: 7 } as const;
export type FrameKind = keyof typeof frameKinds;

/** One part of a backup, sound: its checksum fits. */
export interface Frame {
  readonly kind: FrameKind;
  /** From 0, one more each. */
  readonly sequence: number;
  /** Where it begins in the file, bytes. */
  readonly offset: number;
  readonly payload: Buffer;
  /** As it stands in the file. */
  readonly bytes: Buffer;
}

/** The newest format that is read, and the one that is written. */
export const backupFormat = 1;
const magicText = 'SKYLARK BACKUP\n';
/** What a file begins with: 15 letters and the format's number. */
export const magic = Buffer.concat([Buffer.from(magicText, 'latin1'), Buffer.of(backupFormat)]);

const headBytes = 9;
const mostPacked = 64 * 2 ** 20;
const mostBytes = 256 * 2 ** 20;
const pack = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);
const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);
const kindOfNumber = new Map<number, FrameKind>(Object.entries(frameKinds).map(([kind, number]) => [number, kind as FrameKind]));

/** A frame's bytes: kind (1), length of what follows the head (4), CRC-32 of sequence, kind, length and that (4); then the payload, deflated. Numbers little-endian. */
export async function encodeFrame(kind: FrameKind, sequence: number, payload: Uint8Array): Promise<Buffer> {
  const packed = await pack(payload, { level: 6 });
  if (packed.length > mostPacked || payload.length > mostBytes) throw new SkylarkError('internal', `a frame of ${kind} is ${payload.length} bytes long`);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(frameKinds[kind]);
  head.writeUInt32LE(packed.length, 1);
  head.writeUInt32LE(checksum(head, sequence, packed), 5);
  return Buffer.concat([head, packed]);
}

export interface FrameSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** For messages. */
  readonly name: string;
  /** Of the first frame; 0 (default): the bytes begin with `magic`. */
  readonly sequence?: number;
}

/**
 * The frames of a backup as its bytes come; holds one at a time.
 *
 * @throws SkylarkError bad-backup naming the offset: no backup, damaged, ending within a frame; store-newer for a newer format
 */
export async function* readFrames({ bytes, name, sequence: first = 0 }: FrameSource): AsyncGenerator<Frame> {
  const input = createInput(bytes);
  if (first === 0) checkMagic(await input.take(magic.length), name);
  for (let sequence = first; ; sequence += 1) {
    const offset = input.offset();
    const head = await input.take(headBytes);
    if (head.length === 0) return;
    const bad = (what: string): SkylarkError => new SkylarkError('bad-backup', `${name} ${what} at byte ${offset} (part ${sequence})`);
    const length = head.length < headBytes ? 0 : head.readUInt32LE(1);
    if (length > mostPacked) throw bad('is damaged');
    const packed = await input.take(length);
    if (head.length < headBytes || packed.length < length) throw bad('ends within the part that begins');
    const kind = kindOfNumber.get(head.readUInt8());
    if (kind === undefined || checksum(head, sequence, packed) !== head.readUInt32LE(5)) throw bad('is damaged');
    const payload = await unpack(packed, { maxOutputLength: mostBytes }).catch((cause: unknown) => Promise.reject(new SkylarkError('bad-backup', `${name} does not unpack at byte ${offset} (part ${sequence})`, { cause })));
    yield { kind, sequence, offset, payload, bytes: Buffer.concat([head, packed]) };
  }
}

function checkMagic(start: Buffer, name: string): void {
  if (start.length < magic.length || !start.subarray(0, magicText.length).equals(magic.subarray(0, magicText.length))) throw new SkylarkError('bad-backup', `${name} is no backup of Skylark's at byte 0`);
  const format = start[magicText.length]!;
  if (format > backupFormat) throw new SkylarkError('store-newer', `${name} has format ${format}, this version reads up to ${backupFormat}`);
}

function checksum(head: Buffer, sequence: number, packed: Uint8Array): number {
  const prefix = Buffer.alloc(9);
  prefix.writeUInt32LE(sequence);
  head.copy(prefix, 4, 0, 5);
  return crc32(packed, crc32(prefix));
}

/** Bytes by the number asked for; fewer only at the end. */
function createInput(bytes: AsyncIterable<Uint8Array>): { offset(): number; take(length: number): Promise<Buffer> } {
  const source = bytes[Symbol.asyncIterator]();
  let chunks: Buffer[] = [];
  let waiting = 0;
  let offset = 0;
  return {
    offset: () => offset,
    async take(length) {
      while (waiting < length) {
        const next = await source.next();
        if (next.done === true) break;
        chunks.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
        waiting += next.value.length;
      }
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const taken = all.subarray(0, length);
      chunks = all.length > taken.length ? [all.subarray(taken.length)] : [];
      waiting -= taken.length;
      offset += taken.length;
      return taken;
    },
  };
}
