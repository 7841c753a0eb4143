import type { Fence, Json, StateRecord, StateStore } from '@skylark/core';
import { after, bytesOf, kinds, textKey, textOf } from './keys.js';
import { checkId } from '../limits.js';
import { staleLease, valueText, versionConflict } from '../rules/state-rules.js';
import type { Tree, TreeReader } from './tree.js';

interface Lease {
  /** null: given back. */
  readonly holder: string | null;
  readonly token: number;
  /** Seconds. */
  readonly until: number;
}

/** JSON text throughout: values are JSON, and only JSON's own parser keeps a key like `__proto__` harmless and whole. */
const readJson = <T>(bytes: Uint8Array): T => JSON.parse(textOf(bytes)) as T;
const toJson = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));

/** The `StateStore` on the tree: a record a key, `[version, value]`; a lease a record, whose token only grows. */
export function createStateStore(tree: Tree): StateStore {
  return {
    async get(key) {
      tree.fresh();
      return readRecord(tree, checkId('key', key));
    },
    async set(key, value, expected, fence) {
      const text = valueText(key, value);
      checkId('key', key);
      return tree.write((writer) => {
        if (fence) checkFence(writer, fence);
        const version = readRecord(writer, key)?.version ?? 0;
        if (expected !== null && expected !== version) throw versionConflict(key, version, expected);
        const record = { key, version: version + 1, value: JSON.parse(text) as Json };
        writer.put(textKey(kinds.state, key), bytesOf(`[${record.version},${text}]`));
        return record;
      });
    },
    delete: async (key) => tree.write((writer) => writer.remove(textKey(kinds.state, checkId('key', key)))),
    async list(prefix) {
      tree.fresh();
      const records: StateRecord[] = [];
      const from = textKey(kinds.state, prefix);
      tree.scan(from, after(from), (key, payload) => void records.push(toRecord(textOf(key.subarray(1)), payload)));
      return records;
    },
    async acquire(lease, holder, ttlSeconds, now) {
      const key = textKey(kinds.lease, checkId('lease', lease));
      return tree.write((writer) => {
        const payload = writer.get(key);
        const held: Lease = payload ? readJson(payload) : { holder: null, token: 0, until: 0 };
        if (held.holder !== null && held.holder !== holder && held.until > now) return null;
        const token = held.holder === holder ? held.token : held.token + 1;
        writer.put(key, toJson({ holder, token, until: now + ttlSeconds } satisfies Lease));
        return { lease, token };
      });
    },
    async release({ lease, token }) {
      const key = textKey(kinds.lease, checkId('lease', lease));
      await tree.write((writer) => {
        const payload = writer.get(key);
        if (payload && readJson<Lease>(payload).token === token) writer.put(key, toJson({ holder: null, token, until: 0 } satisfies Lease));
      });
    },
  };
}

/** Refuses an overtaken token, inside the transaction that it guards. */
export function checkFence(reader: TreeReader, { lease, token }: Fence): void {
  const payload = reader.get(textKey(kinds.lease, lease));
  const newest = payload ? readJson<Lease>(payload).token : 0;
  if (newest > token) throw staleLease({ lease, token }, newest);
}

function readRecord(reader: TreeReader, key: string): StateRecord | null {
  const payload = reader.get(textKey(kinds.state, key));
  return payload ? toRecord(key, payload) : null;
}

function toRecord(key: string, payload: Uint8Array): StateRecord {
  const [version, value] = readJson<[number, Json]>(payload);
  return { key, version, value };
}
