import { wellFormed } from '../../series/well-formed.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { NameCaches } from './names.js';
import { removeScript } from './scripts.js';
import { readHead } from './shard-head.js';
import type { ShardKeys } from './shard-keys.js';

const namesPerScript = 1000;

/**
 * Forgets metrics of one shard: their names, at once and for all processes, whose ids for them are void from then on. What log and blocks hold of them is nobody's
 * without a name; the next maintenance takes it out.
 */
export async function removeFromShard({ connection, keys, names }: { connection: RedisConnection; keys: ShardKeys; names: NameCaches }, shard: number, metrics: readonly string[]): Promise<number> {
  let removed = 0;
  for (let open = [...new Set(metrics.map(wellFormed))]; open.length > 0; ) {
    const cache = await names.at(shard, await readHead(connection, keys.head));
    open = open.filter((name) => cache.ids.has(name));
    const some = open.slice(0, namesPerScript);
    if (some.length === 0) break;
    const answer = await connection.script(removeScript, [keys.head, keys.names, keys.removed], [cache.version, ...some.map((name) => cache.ids.get(name)!)], { evenWhenFull: true });
    if (typeof answer !== 'number' || answer < 0) continue;
    removed += answer;
    open = open.slice(some.length);
  }
  return removed;
}
