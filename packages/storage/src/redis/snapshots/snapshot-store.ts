import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Fence, SnapshotStore } from '@skylark/core';
import { checkId } from '../../limits.js';
import { checkSnapshot, staleLease } from '../../rules/state-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { stateKeys } from '../state/state-keys.js';

/** Small enough that no command holds up the others, or takes as long as a server that is gone. */
const partBytes = 2 ** 20;

/**
 * KEYS snapshot; ARGV writing, parts, bytes, checksum, lease or '', token. Makes the parts of a writing the snapshot and drops all others.
 *
 * Answers `{'written'}`, `{'stale', token}` when what is there was written under a newer token of the same lease, `{'lost'}` when another writing has dropped
 * some of the parts.
 */
const switchLua = `
local held = redis.call('HMGET', KEYS[1], 'lease', 'token')
if ARGV[5] ~= '' and held[1] == ARGV[5] and tonumber(held[2]) > tonumber(ARGV[6]) then return {'stale', held[2]} end
for i = 0, tonumber(ARGV[2]) - 1 do
  if redis.call('HEXISTS', KEYS[1], ARGV[1] .. ':' .. i) == 0 then return {'lost'} end
end
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1]) ~= ARGV[1] then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HSET', KEYS[1], 'writing', ARGV[1], 'parts', ARGV[2], 'bytes', ARGV[3], 'checksum', ARGV[4], 'lease', ARGV[5], 'token', ARGV[6])
return {'written'}
`;

/** What a snapshot's parts must add up to. */
interface Head {
  readonly writing: string;
  readonly parts: number;
  readonly bytes: number;
  readonly checksum: number;
}

export interface SnapshotStoreOptions {
  readonly connection: RedisConnection;
  /** Called for each snapshot that does not add up: it is then removed. */
  readonly onDamaged: (key: string) => void;
}

/**
 * The `SnapshotStore` on Redis: one hash a key, with the parts of the writing that counts, their CRC-32, and the token they were written under. Parts are
 * written one by one and count from the switch on; what a killed writer left goes with the next one. Each key has a slot of its own, so that a Cluster
 * spreads them; docs/adr/005-snapshots.md says what that means for the fence.
 */
export function createSnapshotStore({ connection, onDamaged }: SnapshotStoreOptions): SnapshotStore {
  const { tokens } = stateKeys(connection);
  const nameOf = (key: string): string => connection.key(`snapshot/${checkId('key', key).replaceAll(/[{}]/g, '_')}`, key);
  const checkFence = async (fence: Fence): Promise<void> => {
    const newest = await connection.read((client) => client.hget(tokens, fence.lease));
    if (newest !== null && Number(newest) > fence.token) throw staleLease(fence, Number(newest));
  };
  const readHead = async (name: string): Promise<Head | null> => {
    const [writing, parts, bytes, checksum] = await connection.read((client) => client.hmget(name, 'writing', 'parts', 'bytes', 'checksum'));
    return writing ? { writing, parts: Number(parts), bytes: Number(bytes), checksum: Number(checksum) } : null;
  };
  const readParts = async (name: string, { writing, parts }: Head): Promise<Uint8Array> => {
    const found: Buffer[] = [];
    for (let i = 0; i < parts; i += 1) {
      const part = await connection.read((client) => client.hgetBuffer(name, `${writing}:${i}`));
      if (part) found.push(part);
    }
    return Uint8Array.from(Buffer.concat(found));
  };
  const writeParts = async (name: string, writing: string, bytes: Uint8Array): Promise<number> => {
    let parts = 0;
    for (let at = 0; at < bytes.length; at += partBytes, parts += 1) {
      const part = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(partBytes, bytes.length - at));
      const field = `${writing}:${parts}`;
      await connection.write((pipeline) => pipeline.hset(name, field, part));
    }
    return parts;
  };
  return {
    async read(key) {
      const name = nameOf(key);
      for (let head = await readHead(name); head !== null;) {
        const whole = await readParts(name, head);
        if (whole.length === head.bytes && crc32(whole) === head.checksum) return whole;
        const now = await readHead(name);
        if (now?.writing === head.writing) {
          onDamaged(key);
          await connection.write((pipeline) => pipeline.del(name)).catch(() => undefined);
          return null;
        }
        head = now;
      }
      return null;
    },
    async write(key, bytes, fence) {
      const name = nameOf(key);
      checkSnapshot(key, bytes);
      for (;;) {
        if (fence) await checkFence(fence);
        const writing = randomUUID();
        const parts = await writeParts(name, writing, bytes);
        if (fence) await checkFence(fence);
        const [outcome, newest] = (await connection.script(switchLua, [name], [writing, parts, bytes.length, crc32(bytes), fence?.lease ?? '', fence?.token ?? 0])) as [string, string?];
        if (outcome === 'written') return;
        if (outcome === 'stale') throw staleLease(fence!, Number(newest));
      }
    },
    async delete(key) {
      const name = nameOf(key);
      const there = (await readHead(name)) !== null;
      await connection.write((pipeline) => pipeline.del(name));
      return there;
    },
  };
}
