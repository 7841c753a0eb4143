import { crc32 } from 'node:zlib';
import type { SnapshotStore } from '@skylark/core';
import { after, bytesOf, kinds, textKey } from './keys.js';
import { checkId } from '../limits.js';
import { checkSnapshot } from '../rules/state-rules.js';
import { checkFence } from './state-store.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

/** A snapshot lies in parts: a value of many megabytes needs as many neighbouring free pages, and damage would cost it whole when set aside. */
const partBytes = 256 * 1024;

/** What a snapshot's parts must add up to. */
interface SnapshotHead {
  readonly bytes: number;
  readonly checksum: number;
}

export interface SnapshotStoreOptions {
  readonly tree: Tree;
  /** Called for each snapshot that does not add up: it is then removed. */
  readonly onDamaged: (key: string) => void;
}

/** The `SnapshotStore` on the tree: a head and its parts a key, written in one transaction. */
export function createSnapshotStore({ tree, onDamaged }: SnapshotStoreOptions): SnapshotStore {
  const forget = async (key: string): Promise<void> => {
    onDamaged(key);
    // Whoever writes it anew meanwhile wins. A disk that takes no writes leaves it where it is: it is still not served.
    await tree.write((writer) => void (readWhole(writer, key) === 'damaged' && remove(writer, key))).catch(() => undefined);
  };
  return {
    async read(key) {
      checkId('key', key);
      tree.fresh();
      const found = readWhole(tree, key);
      if (found !== 'damaged') return found;
      await forget(key);
      return null;
    },
    async write(key, bytes, fence) {
      checkId('key', key);
      checkSnapshot(key, bytes);
      await tree.write((writer) => {
        if (fence) checkFence(writer, fence);
        remove(writer, key);
        for (let at = 0; at < bytes.length; at += partBytes) writer.put(partKey(key, at / partBytes), bytes.subarray(at, at + partBytes));
        writer.put(textKey(kinds.snapshot, key), packHead({ bytes: bytes.length, checksum: crc32(bytes) }));
      });
    },
    delete: async (key) => {
      checkId('key', key);
      return tree.write((writer) => remove(writer, key));
    },
  };
}

/** Also after pages were lost and older ones salvaged: parts of two writings never pass for one. */
function readWhole(reader: TreeReader, key: string): Uint8Array | null | 'damaged' {
  const payload = reader.get(textKey(kinds.snapshot, key));
  const head = payload ? unpackHead(payload) : null;
  const parts = readParts(reader, key);
  if (!head) return parts.length === 0 ? null : 'damaged';
  const whole = Buffer.concat(parts);
  if (whole.length !== head.bytes || crc32(whole) !== head.checksum) return 'damaged';
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length);
}

function readParts(reader: TreeReader, key: string): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const prefix = partPrefix(key);
  reader.scan(prefix, after(prefix), (_, payload) => void parts.push(payload));
  return parts;
}

function remove(writer: TreeWriter, key: string): boolean {
  const keys: Uint8Array[] = [];
  const prefix = partPrefix(key);
  writer.keys(prefix, after(prefix), (part) => void keys.push(Uint8Array.from(part)));
  for (const part of keys) writer.remove(part);
  return writer.remove(textKey(kinds.snapshot, key));
}

/** Kind, length of the key, the key: no key's parts start as another's do. */
function partPrefix(key: string): Uint8Array {
  const name = bytesOf(key);
  return Buffer.concat([Uint8Array.of(kinds.snapshotPart, name.length >>> 8, name.length), name]);
}

const partKey = (key: string, part: number): Uint8Array => Buffer.concat([partPrefix(key), Uint8Array.of(part >>> 8, part)]);

function packHead({ bytes, checksum }: SnapshotHead): Uint8Array {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(bytes, 0);
  payload.writeUInt32BE(checksum, 4);
  return payload;
}

function unpackHead(payload: Uint8Array): SnapshotHead {
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  return { bytes: view.readUInt32BE(0), checksum: view.readUInt32BE(4) };
}
