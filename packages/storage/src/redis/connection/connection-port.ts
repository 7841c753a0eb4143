import type { HealthCheck, Sample, SkylarkError } from '@skylark/core';
import type { ChainableCommander, Redis } from 'ioredis';
import type { ServerFacts } from '../health.js';
import type { ClientKind, RedisClient } from './create-client.js';
import type { RedisSettings } from './redis-settings.js';

/** Adds commands of one slot to a pipeline. */
export type Fill = (pipeline: ChainableCommander) => unknown;

/** Replies in the order of the commands, or why one of them failed. */
export type Written = { readonly replies: readonly unknown[] } | { readonly error: SkylarkError };

/**
 * One process' way to Redis: single, behind Sentinels, or a Cluster. All keys of one `tag` lie in one slot.
 *
 * While the server is away every call rejects at once with `store-away`; nothing is queued here and nothing is sent twice. A server that does not answer
 * for 2 s counts as away. Errors are `SkylarkError`s: `store-away`, `store-full`, `store-corrupt` (a key of another type), `store-closed`, `internal`.
 */
export interface RedisConnection {
  readonly settings: RedisSettings;
  /** For reads; wrap what you do with it into `read`. */
  readonly client: RedisClient;
  /** `prefix:{tag}:part:part`. */
  key(tag: string | number, ...parts: readonly (string | number)[]): string;
  /** Runs reads, or a write that needs no replica; errors are wrapped. */
  read<T>(work: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Commands of one slot, in order. Resolves with their replies, as acknowledged as `settings.ack` says; rejects with the first error. */
  write(fill: Fill): Promise<readonly unknown[]>;
  /** Reads of one slot each, as few round trips as the servers allow; each with its reply or its error. Never rejects. */
  readMany(parts: readonly Fill[]): Promise<readonly Written[]>;
  /** As `write`, for parts that each have a slot of their own; as few round trips as the servers allow. Never rejects. */
  writeMany(parts: readonly Fill[]): Promise<readonly Written[]>;
  /**
   * A Lua script that writes; keys of one slot. The text is sent every time (EVAL), so that no SCRIPT FLUSH and no failover can lose it.
   * `evenWhenFull`: it frees more than it takes, and runs although Redis is out of memory (Redis >= 7).
   */
  script(lua: string, keys: readonly string[], args: readonly (string | number | Buffer)[], options?: { readonly evenWhenFull?: boolean }): Promise<unknown>;
  /** The text of a script as `script` sends it: for `fill`s. */
  scriptText(lua: string, options: { readonly evenWhenFull: boolean }): string;
  /** One more client; the caller ends it. See `ClientKind`. */
  duplicate(kind: ClientKind): RedisClient;
  /** Every primary (of a single server: itself): for commands without a key. */
  nodes(): readonly Redis[];
  /** Called each time the server is there again after it was away (a restart, a failover): what was known of it may be so no more. */
  onBack(listener: () => void): void;
  /** What the server said of itself, at most a few seconds ago. */
  facts(): Promise<ServerFacts>;
  /** Lines `store` and `durability`. Never rejects. */
  health(): Promise<HealthCheck[]>;
  samples(): readonly Sample[];
  close(): Promise<void>;
}

/** The replies of a part; throws its error. */
export function repliesOf(written: Written): readonly unknown[] {
  if ('error' in written) throw written.error;
  return written.replies;
}
