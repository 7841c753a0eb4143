import { type Fence, type Json, SkylarkError, type StateRecord } from '@skylark/core';

interface Lease {
  /** null: given back. */
  readonly holder: string | null;
  readonly token: number;
  /** Seconds. */
  readonly until: number;
}

/** `StateStore` as maps: each call is one step. */
export interface StateTable {
  get(key: string): StateRecord | null;
  set(key: string, value: Json, expected: number | null, fence?: Fence): StateRecord;
  delete(key: string): boolean;
  list(prefix: string): StateRecord[];
  acquire(lease: string, holder: string, ttlSeconds: number, now: number): Fence | null;
  release(fence: Fence): void;
  /** Throws `stale-lease` when the lease has a newer token. */
  checkFence(fence: Fence | undefined): void;
  /** The newest token of a lease; 0: nobody ever had it. */
  tokenOf(lease: string): number;
}

const maxValueBytes = 2 ** 20;

export function createStateTable(): StateTable {
  const records = new Map<string, { version: number; text: string }>();
  const leases = new Map<string, Lease>();
  const read = (key: string): StateRecord | null => {
    const record = records.get(key);
    return record === undefined ? null : { key, version: record.version, value: JSON.parse(record.text) as Json };
  };
  const table: StateTable = {
    get: (key) => read(checkId('key', key)),
    set(key, value, expected, fence) {
      const text = JSON.stringify(value);
      if (Buffer.byteLength(text) > maxValueBytes) throw new SkylarkError('bad-request', `value of ${key}`);
      table.checkFence(fence);
      const version = records.get(checkId('key', key))?.version ?? 0;
      if (expected !== null && expected !== version) throw new SkylarkError('version-conflict', `${key} is at ${version}, not ${expected}`);
      records.set(key, { version: version + 1, text });
      return read(key)!;
    },
    delete: (key) => records.delete(key),
    list: (prefix) => [...records.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes).map((key) => read(key)!),
    acquire(lease, holder, ttlSeconds, now) {
      const held = leases.get(lease) ?? { holder: null, token: 0, until: 0 };
      if (held.holder !== null && held.holder !== holder && held.until > now) return null;
      const token = held.holder === holder ? held.token : held.token + 1;
      leases.set(lease, { holder, token, until: now + ttlSeconds });
      return { lease, token };
    },
    release({ lease, token }) {
      if (leases.get(lease)?.token === token) leases.set(lease, { holder: null, token, until: 0 });
    },
    checkFence(fence) {
      if (fence !== undefined && table.tokenOf(fence.lease) > fence.token) throw new SkylarkError('stale-lease', `${fence.lease}: token ${fence.token}, now ${table.tokenOf(fence.lease)}`);
    },
    tokenOf: (lease) => leases.get(lease)?.token ?? 0,
  };
  return table;
}

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The text, if every backend could keep it as a key; else `bad-request`. */
export function checkId(what: string, text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes < 1 || bytes > 512) throw new SkylarkError('bad-request', `${what} of ${bytes} bytes`);
  return text;
}
