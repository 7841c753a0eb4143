import { SkylarkError, type Fence, type Json, type StateRecord, type StateStore } from '@skylark/core';
import { checkId } from '../../limits.js';
import { staleLease, valueText, versionConflict } from '../../rules/state-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { fenceLua, stateKeys } from './state-keys.js';

/** KEYS records, names, tokens; ARGV key, value, expected version or '', lease or '', token. Answers `{'set', version}`, `{'version', version}` or `{'stale', token}`. */
const setLua = `
local tokens, lease, token = KEYS[3], ARGV[4], ARGV[5]
${fenceLua}
local before = redis.call('HGET', KEYS[1], ARGV[1])
local version = before and tonumber(string.match(before, '^%d+')) or 0
if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= version then return {'version', tostring(version)} end
redis.call('HSET', KEYS[1], ARGV[1], (version + 1) .. ' ' .. ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return {'set', tostring(version + 1)}
`;

/** KEYS records, names; ARGV key. */
const deleteLua = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
`;

/** KEYS records, names; ARGV from, until (by text). Answers keys and records in turn. */
const listLua = `
local found = {}
for _, name in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2])) do
  local record = redis.call('HGET', KEYS[1], name)
  if record then
    found[#found + 1] = name
    found[#found + 1] = record
  end
end
return found
`;

/**
 * KEYS tokens, holders; ARGV lease, holder, until, now. Answers the token, or false while somebody else holds it.
 *
 * The first token of a lease is the server's time in milliseconds: were the leases ever lost and other records not, no token would be given twice.
 */
const acquireLua = `
local token = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
local held = redis.call('HGET', KEYS[2], ARGV[1])
local holder = nil
if held then
  local space = string.find(held, ' ', 1, true)
  holder = string.sub(held, space + 1)
  if holder ~= ARGV[2] and tonumber(string.sub(held, 1, space - 1)) > tonumber(ARGV[4]) then return false end
end
if holder ~= ARGV[2] then
  if token == 0 then
    local time = redis.call('TIME')
    token = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  token = token + 1
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', token))
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3] .. ' ' .. ARGV[2])
return token
`;

/** KEYS tokens, holders; ARGV lease, token. */
const releaseLua = `
local token = redis.call('HGET', KEYS[1], ARGV[1])
if token and tonumber(token) == tonumber(ARGV[2]) then redis.call('HDEL', KEYS[2], ARGV[1]) end
return 1
`;

/** The `StateStore` on Redis: every change is one script, atomic, and as durable as Redis acknowledges (AOF; a replica too with `ack: replicated`). */
export function createStateStore(connection: RedisConnection): StateStore {
  const { records, names, tokens, holders } = stateKeys(connection);
  return {
    async get(key) {
      checkId('key', key);
      const record = await connection.read((client) => client.hget(records, key));
      return record === null ? null : parseRecord(key, record);
    },
    async set(key, value, expected, fence) {
      const text = valueText(key, value);
      checkId('key', key);
      const [outcome, number] = (await connection.script(setLua, [records, names, tokens], [key, text, expected ?? '', ...fenceArguments(fence)])) as [string, string];
      if (outcome === 'stale') throw staleLease(fence!, Number(number));
      if (outcome === 'version') throw versionConflict(key, Number(number), expected);
      return { key, version: Number(number), value: JSON.parse(text) as Json };
    },
    delete: async (key) => (await connection.script(deleteLua, [records, names], [checkId('key', key)])) === 1,
    async list(prefix) {
      const found = (await connection.read((client) => client.eval(listLua, 2, records, names, ...startingWith(prefix)))) as string[];
      return Array.from({ length: found.length / 2 }, (_, i) => parseRecord(found[2 * i]!, found[2 * i + 1]!));
    },
    async acquire(lease, holder, ttlSeconds, now) {
      const token = await connection.script(acquireLua, [tokens, holders], [checkId('lease', lease), holder, now + ttlSeconds, now]);
      return token === null ? null : { lease, token: Number(token) };
    },
    async release({ lease, token }) {
      await connection.script(releaseLua, [tokens, holders], [checkId('lease', lease), token]);
    },
  };
}

/** What `fenceLua` reads. */
export const fenceArguments = (fence: Fence | undefined): [lease: string, token: number] => [fence?.lease ?? '', fence?.token ?? 0];

/** The range of texts that start so, for a sorted set: no UTF-8 text holds the byte 255. */
export function startingWith(prefix: string): [from: string | Buffer, until: string | Buffer] {
  return [`[${prefix}`, Buffer.concat([Buffer.from(`(${prefix}`), Uint8Array.of(255)])];
}

function parseRecord(key: string, record: string): StateRecord {
  const space = record.indexOf(' ');
  const version = Number(record.slice(0, space));
  try {
    if (space < 1 || !Number.isInteger(version)) throw new Error('no version');
    return { key, version, value: JSON.parse(record.slice(space + 1)) as Json };
  } catch (cause) {
    throw new SkylarkError('store-corrupt', `state ${key}`, { cause });
  }
}
