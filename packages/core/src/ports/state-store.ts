import type { Json } from '../json.js';

export interface StateRecord {
  readonly key: string;
  /** 1 for a new record, one more with each change. */
  readonly version: number;
  readonly value: Json;
}

/** Proof of holding a lease: a write that carries an overtaken token is refused with `stale-lease`. */
export interface Fence {
  readonly lease: string;
  readonly token: number;
}

/**
 * Small versioned records: leases, cursors, detector state, quarantine, rules, mutes, tokens.
 *
 * - Keys are 1 to 512 bytes of UTF-8, segments joined by `/`. Values are JSON, at most 1 MiB encoded.
 * - A write is durable when it resolves. Reads see every resolved write.
 */
export interface StateStore {
  get(key: string): Promise<StateRecord | null>;
  /**
   * Compare and set: writes if the record's version is `expected` (0: must not exist; null: whatever it is).
   * Answers the new record; rejects with `version-conflict` and changes nothing otherwise.
   * With a fence, also rejects with `stale-lease` when the lease has a newer token.
   */
  set(key: string, value: Json, expected: number | null, fence?: Fence): Promise<StateRecord>;
  /** True if there was one. */
  delete(key: string): Promise<boolean>;
  /** Records whose key starts with the prefix, by key. */
  list(prefix: string): Promise<StateRecord[]>;
  /**
   * Takes or renews a lease for `ttlSeconds` from `now`: null while somebody else holds it. A change of holder gets a
   * higher token, and so does a lease that was given back; a renewal keeps it. Fences made of the older token are refused from then on.
   */
  acquire(lease: string, holder: string, ttlSeconds: number, now: number): Promise<Fence | null>;
  /** Gives a lease back early; nothing happens if it is no longer held under this token. */
  release(fence: Fence): Promise<void>;
}
