import type { RootDatabase } from 'lmdb';
import { checkedPayload, withChecksum } from './checksum.js';

/** Reads of the tree. All reads of one synchronous stretch after `fresh` see one state of it. */
export interface TreeReader {
  /** The payload of a record: a view that holds until the next read. undefined: no such record, or a damaged one (which is then reported). */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Visits records with from <= key < until by key (or backwards); payloads are the visitor's to keep. Stops when it answers false. */
  scan(from: Uint8Array, until: Uint8Array, visit: (key: Uint8Array, payload: Uint8Array) => boolean | void, options?: ScanOptions): void;
  /** As `scan`, keys alone: cheaper, and nothing is checked. */
  keys(from: Uint8Array, until: Uint8Array, visit: (key: Uint8Array) => boolean | void, options?: ScanOptions): void;
}

export interface ScanOptions {
  readonly backwards?: boolean;
}

/** Inside a transaction: reads see what was written in it. */
export interface TreeWriter extends TreeReader {
  put(key: Uint8Array, payload: Uint8Array): void;
  /** As `put`, with a value that already ends in its checksum: see `closeChecksum`. */
  putChecked(key: Uint8Array, value: Uint8Array): void;
  /** True if there was one. */
  remove(key: Uint8Array): boolean;
}

/** One ordered map of checksummed records, on disk. */
export interface Tree extends TreeReader {
  /** Lets the next reads see all that was committed until now, by any thread. */
  fresh(): void;
  /**
   * Runs `work` in a transaction of its own and resolves when it is on disk: all of it or nothing. `work` is synchronous; when it throws,
   * nothing is written. Calls that overlap share one sync of the disk. Rejects with what `work` threw, or `store-full`, `store-failed`, `store-closed`.
   */
  write<T>(work: (writer: TreeWriter) => T): Promise<T>;
}

type Damaged = (key: Uint8Array, value: Uint8Array) => void;

/** Reads through the library: outside of a transaction from its current snapshot, inside from the transaction. */
export function treeReader(database: RootDatabase<Uint8Array, Uint8Array>, damaged: Damaged): TreeReader {
  const check = (key: Uint8Array, value: Uint8Array): Uint8Array | undefined => {
    const payload = checkedPayload(key, value);
    if (payload === undefined) damaged(new Uint8Array(key), new Uint8Array(value));
    return payload;
  };
  const range = (from: Uint8Array, until: Uint8Array, backwards = false): { start: Uint8Array; end: Uint8Array; reverse: boolean; exclusiveStart: boolean; inclusiveEnd: boolean } =>
    backwards ? { start: until, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true } : { start: from, end: until, reverse: false, exclusiveStart: false, inclusiveEnd: false };
  return {
    get(key) {
      const value = database.getBinaryFast(key);
      // The library's shared buffer is longer than its own `length` says: cut it.
      return value === undefined ? undefined : check(key, value.subarray(0, value.length));
    },
    scan(from, until, visit, options) {
      for (const { key, value } of database.getRange(range(from, until, options?.backwards))) {
        const payload = check(key, value);
        if (payload !== undefined && visit(key, payload) === false) return;
      }
    },
    keys(from, until, visit, options) {
      for (const key of database.getKeys(range(from, until, options?.backwards))) if (visit(key) === false) return;
    },
  };
}

export function treeWriter(database: RootDatabase<Uint8Array, Uint8Array>, reader: TreeReader): TreeWriter {
  return {
    ...reader,
    put: (key, payload) => database.putSync(key, withChecksum(key, payload)),
    putChecked: (key, value) => database.putSync(key, value),
    remove: (key) => database.removeSync(key),
  };
}
