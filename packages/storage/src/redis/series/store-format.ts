import { SkylarkError } from '@skylark/core';
import type { RedisConnection } from '../connection/redis-connection.js';

/** The newest format this code reads, and the one it writes. It covers all keys of the store: heads, names, log, blocks, extents. */
export const redisFormat = 1;

/**
 * Reads what the store is, or makes it so: format and shards stand in Redis from the first opening on.
 *
 * @returns the number of shards, whatever was asked for
 * @throws SkylarkError `store-newer`, or `store-corrupt` when the record is not one; nothing was written then
 */
export async function openFormat(connection: RedisConnection, shards: number): Promise<number> {
  const key = connection.key('store', 'format');
  const text = await connection.read((client) => client.get(key)) ?? (await make(connection, key, shards));
  const match = /^skylark (\d{1,6}) (\d{1,5})$/.exec(text);
  if (!match) throw new SkylarkError('store-corrupt', `${key} does not say what this store is: ${JSON.stringify(text.slice(0, 60))}`);
  const [format, kept] = [Number(match[1]), Number(match[2])];
  if (format > redisFormat) throw new SkylarkError('store-newer', `the store in Redis has format ${format}, this version reads ${redisFormat}`);
  return kept;
}

async function make(connection: RedisConnection, key: string, shards: number): Promise<string> {
  if (!Number.isInteger(shards) || shards < 1 || shards > 65_535) throw new SkylarkError('bad-config', `${shards} shards`);
  await connection.write((pipeline) => pipeline.set(key, `skylark ${redisFormat} ${shards}`, 'NX'));
  return (await connection.read((client) => client.get(key))) ?? '';
}
