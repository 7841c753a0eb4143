import { crc32 } from 'node:zlib';
import type { Fence, SnapshotStore } from '@skylark/core';
import { checkId } from '../../limits.js';
import { checkSnapshot, staleLease } from '../../rules/state-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { stateKeys } from '../state/state-keys.js';

/** KEYS snapshot; ARGV bytes, checksum, lease or '', token. Answers `{'written'}`, or `{'stale', token}` when what is there was written under a newer token of the same lease. */
const writeLua = `
local held = redis.call('HMGET', KEYS[1], 'lease', 'token')
if ARGV[3] ~= '' and held[1] == ARGV[3] and tonumber(held[2]) > tonumber(ARGV[4]) then return {'stale', held[2]} end
redis.call('HSET', KEYS[1], 'bytes', ARGV[1], 'checksum', ARGV[2], 'lease', ARGV[3], 'token', ARGV[4])
return {'written'}
`;

export interface SnapshotStoreOptions {
  readonly connection: RedisConnection;
  /** Called for each snapshot that fails its checksum: it is then removed. */
  readonly onDamaged: (key: string) => void;
}

/**
 * The `SnapshotStore` on Redis: one hash a key, bytes with their CRC-32 and the token they were written under. Each key has a slot of its own, so that a
 * Cluster spreads them; see docs/adr/005-snapshots.md for what that means for the fence.
 */
export function createSnapshotStore({ connection, onDamaged }: SnapshotStoreOptions): SnapshotStore {
  const { tokens } = stateKeys(connection);
  const keyOf = (key: string): string => connection.key(`snapshot/${tagOf(checkId('key', key))}`, key);
  const checkFence = async (fence: Fence): Promise<void> => {
    const newest = await connection.read((client) => client.hget(tokens, fence.lease));
    if (newest !== null && Number(newest) > fence.token) throw staleLease(fence, Number(newest));
  };
  return {
    async read(key) {
      const [bytes, checksum] = await connection.read((client) => client.hmgetBuffer(keyOf(key), 'bytes', 'checksum'));
      if (!bytes && !checksum) return null;
      if (bytes && checksum && crc32(bytes) === Number(checksum.toString())) return Uint8Array.from(bytes);
      onDamaged(key);
      await connection.write((pipeline) => pipeline.del(keyOf(key))).catch(() => undefined);
      return null;
    },
    async write(key, bytes, fence) {
      const name = keyOf(key);
      checkSnapshot(key, bytes);
      if (fence) await checkFence(fence);
      const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const [outcome, newest] = (await connection.script(writeLua, [name], [payload, crc32(bytes), fence?.lease ?? '', fence?.token ?? 0])) as [string, string?];
      if (outcome === 'stale') throw staleLease(fence!, Number(newest));
    },
    delete: async (key) => (await connection.write((pipeline) => pipeline.del(keyOf(key))))[0] === 1,
  };
}

/** A hash tag ends at the first brace. */
const tagOf = (key: string): string => key.replaceAll(/[{}]/g, '_');
