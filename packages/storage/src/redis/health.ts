import type { HealthCheck } from '@skylark/core';

/** What Redis says of itself, as far as it matters to us. Of a Cluster: the worst of its primaries, the sum of their memory. */
export interface ServerFacts {
  readonly version: string;
  readonly majorVersion: number;
  readonly minorVersion: number;
  /** `appendonly yes`. */
  readonly durable: boolean;
  /** `appendfsync`: always, everysec or no; null where CONFIG may not be asked. */
  readonly syncs: string | null;
  /** Why Redis refuses writes for want of disk; null: it does not. */
  readonly writeFailure: string | null;
  readonly evictionPolicy: string;
  readonly usedBytes: number;
  /** Of `maxmemory`; 0 without a limit. */
  readonly memoryShare: number;
  readonly isPrimary: boolean;
  readonly replicas: number;
}

/** Before the server has answered. */
export const unknownServer: ServerFacts = {
  version: '0', majorVersion: 0, minorVersion: 0, durable: false, syncs: null, writeFailure: null, evictionPolicy: 'unknown', usedBytes: 0, memoryShare: 0, isPrimary: true, replicas: 0,
};

const fullShare = 0.98;

/** Lines of /readyz: whether Redis can be written to and will keep it, and what to change where not. */
export function redisHealth(facts: ServerFacts, ack: 'local' | 'replicated'): HealthCheck[] {
  const wrong = storeReason(facts, ack);
  return [wrong === null ? { name: 'store', ok: true } : { name: 'store', ok: false, reason: wrong }, durability(facts, ack)];
}

function storeReason({ version, majorVersion, minorVersion, evictionPolicy, isPrimary, writeFailure, memoryShare, replicas }: ServerFacts, ack: 'local' | 'replicated'): string | null {
  if (majorVersion < 6 || (majorVersion === 6 && minorVersion < 2)) return `Redis ${version} is too old: 6.2 is needed, 7 or newer wanted`;
  if (!isPrimary) return 'Redis is a replica: it takes no writes';
  if (writeFailure !== null) return `Redis refuses writes: ${writeFailure}`;
  if (evictionPolicy !== 'noeviction') return `maxmemory-policy is ${evictionPolicy}: Redis would throw data and jobs away; set it to noeviction`;
  if (memoryShare >= fullShare) return `Redis is out of memory (${Math.round(100 * memoryShare)} % of maxmemory): reading goes on, writing is refused`;
  if (ack === 'replicated' && replicas === 0) return 'redis.ack is replicated and no replica is connected';
  return null;
}

/** What an acknowledged write outlives. */
function durability({ durable, syncs }: ServerFacts, ack: 'local' | 'replicated'): HealthCheck {
  if (!durable) return { name: 'durability', ok: false, reason: 'durability:none: appendonly is no' };
  const synced = syncs === 'always' ? 'synced before it is acknowledged' : `appendfsync ${syncs ?? 'everysec'}: while a sync of the disk takes long, up to 2 s of what was acknowledged are in memory alone`;
  return { name: 'durability', ok: true, reason: ack === 'replicated' ? `${synced}; and at a replica` : synced };
}
