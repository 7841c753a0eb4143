import type { RedisConnection } from '../connection/redis-connection.js';

/**
 * Keys of everything that a lease may fence but the snapshots: one hash tag, so one slot of a Cluster and one script for a change and the check of its lease.
 *
 * One slot is enough: these are small records, changed a few times a shard and slot. What grows with the metrics (series, snapshots) is spread.
 */
export interface StateKeys {
  /** Hash: key -> `version value`. */
  readonly records: string;
  /** Sorted by text: the keys. */
  readonly names: string;
  /** Hash: lease -> token, which only grows. */
  readonly tokens: string;
  /** Hash: lease -> `until holder`; none: given back. */
  readonly holders: string;
}

export const stateTag = 'state';

export function stateKeys(connection: Pick<RedisConnection, 'key'>): StateKeys {
  const of = (name: string): string => connection.key(stateTag, name);
  return { records: of('records'), names: of('names'), tokens: of('tokens'), holders: of('holders') };
}

/**
 * Lua: leaves the script with `{'stale', newest token}` when the fence is overtaken. Reads `tokens`, `lease` ('' for no fence) and `token`.
 */
export const fenceLua = `
if lease ~= '' then
  local newest = redis.call('HGET', tokens, lease)
  if newest and tonumber(newest) > tonumber(token) then return {'stale', newest} end
end
`;
