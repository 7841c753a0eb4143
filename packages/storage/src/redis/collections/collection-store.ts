import { decodeBlock, encodeBlock } from '@skylark/algorithms';
import { SkylarkError, type Collection, type CollectionStore, type Series } from '@skylark/core';
import { Packr } from 'msgpackr';
import { checkId } from '../../limits.js';
import { byNewest, holdsText, wrongVersion } from '../../rules/collection-rules.js';
import type { RedisConnection } from '../connection/redis-connection.js';

/** What a list reads: all but the data. */
type Head = Omit<Collection, 'series'> & { readonly version: number };

/** KEYS heads, data; ARGV id, expected version, head, data. Answers the version that is there, or -1 when it was written. */
const putLua = `
local before = redis.call('HGET', KEYS[1], ARGV[1])
local version = before and tonumber(string.match(before, '^%d+')) or 0
if version ~= tonumber(ARGV[2]) then return version end
redis.call('HSET', KEYS[1], ARGV[1], (version + 1) .. ' ' .. ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return -1
`;

/** KEYS heads, data; ARGV ids. Heads and data of one moment, in turn. */
const getLua = `
local found = {}
for i, id in ipairs(ARGV) do
  found[2 * i - 1] = redis.call('HGET', KEYS[1], id)
  found[2 * i] = redis.call('HGET', KEYS[2], id)
end
return found
`;

/** KEYS heads, data; ARGV id. */
const deleteLua = `
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
`;

/** The `CollectionStore` on Redis: heads in one hash, which a list reads whole (there are dozens), the copies of the data as blocks in another. */
export function createCollectionStore(connection: RedisConnection): CollectionStore {
  const packr = new Packr({ useRecords: false, copyBuffers: true });
  const keys = [connection.key('collections', 'heads'), connection.key('collections', 'data')] as const;
  const packSeries = (series: readonly Series[]): Buffer => packr.pack(series.map(({ metric, timestamps, values }) => ({ metric, block: encodeBlock(timestamps, values) })));
  const unpackSeries = (id: string, bytes: Buffer): Series[] => {
    try {
      return (packr.unpack(bytes) as { metric: string; block: Uint8Array }[]).map(({ metric, block }) => ({ metric, ...decodeBlock(block) }));
    } catch (cause) {
      throw new SkylarkError('store-corrupt', `collection ${id}`, { cause });
    }
  };
  const read = async (ids: readonly string[]): Promise<{ version: number; collection: Collection }[]> => {
    if (ids.length === 0) return [];
    const found = (await connection.read((client) => client.callBuffer('eval', getLua, 2, ...keys, ...ids))) as (Buffer | null)[];
    return ids.flatMap((id, i) => {
      const [head, data] = [found[2 * i], found[2 * i + 1]];
      if (!head || !data) return [];
      const { version, ...rest } = parseHead(id, head.toString());
      return [{ version, collection: { ...rest, series: unpackSeries(id, data) } }];
    });
  };
  return {
    async put(collection, expected) {
      const { series, ...head } = collection;
      const version = Number(await connection.script(putLua, keys, [checkId('collection id', collection.id), expected, JSON.stringify(head), packSeries(series)]));
      if (version >= 0) throw wrongVersion(collection.id, version, expected);
      return expected + 1;
    },
    get: async (id) => (await read([checkId('collection id', id)]))[0] ?? null,
    async list({ text, limit, offset }) {
      const heads = (await connection.read((client) => client.hvals(keys[0]))).map((head) => parseHead('of a list', head));
      const found = heads.filter((head) => holdsText(head, text)).sort(byNewest);
      const page = await read(found.slice(offset, offset + limit).map(({ id }) => id));
      return { total: found.length, collections: page.map(({ collection }) => collection) };
    },
    delete: async (id) => (await connection.script(deleteLua, keys, [checkId('collection id', id)])) === 1,
  };
}

function parseHead(id: string, text: string): Head {
  const space = text.indexOf(' ');
  try {
    return { ...(JSON.parse(text.slice(space + 1)) as Omit<Head, 'version'>), version: Number(text.slice(0, space)) };
  } catch (cause) {
    throw new SkylarkError('store-corrupt', `collection ${id}`, { cause });
  }
}
