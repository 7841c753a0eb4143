import type { Redis } from 'ioredis';
import type { ServerFacts } from '../health.js';

/** Asks every primary and puts the answers together: of each fact the one to worry about. */
export async function askServer(nodes: readonly Redis[]): Promise<ServerFacts> {
  const answers = await Promise.all(nodes.map(async (node) => factsOf(parseInfo(await node.info()), await syncsOf(node))));
  const [first, ...others] = answers;
  if (!first) throw new Error('Cluster isn\'t ready: no primary is known');
  return others.reduce((sum, one): ServerFacts => ({
    version: one.majorVersion < sum.majorVersion ? one.version : sum.version,
    majorVersion: Math.min(sum.majorVersion, one.majorVersion),
    minorVersion: one.majorVersion < sum.majorVersion ? one.minorVersion : sum.minorVersion,
    durable: sum.durable && one.durable,
    syncs: sum.syncs === 'always' ? one.syncs : sum.syncs,
    writeFailure: sum.writeFailure ?? one.writeFailure,
    evictionPolicy: sum.evictionPolicy === 'noeviction' ? one.evictionPolicy : sum.evictionPolicy,
    usedBytes: sum.usedBytes + one.usedBytes,
    memoryShare: Math.max(sum.memoryShare, one.memoryShare),
    isPrimary: sum.isPrimary && one.isPrimary,
    replicas: Math.min(sum.replicas, one.replicas),
  }), first);
}

/** Managed servers forbid CONFIG. */
async function syncsOf(node: Redis): Promise<string | null> {
  const answer: unknown = await node.config('GET', 'appendfsync').catch(() => null);
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null;
}

function factsOf(info: ReadonlyMap<string, string>, syncs: string | null): ServerFacts {
  const number = (name: string): number => Number(info.get(name) ?? 0);
  const version = info.get('redis_version') ?? '0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const limit = number('maxmemory');
  return {
    version,
    majorVersion: major,
    minorVersion: minor,
    durable: info.get('aof_enabled') === '1',
    syncs,
    writeFailure: info.get('aof_last_write_status') === 'err' ? 'the AOF cannot be written' : info.get('rdb_last_bgsave_status') === 'err' ? 'the last snapshot (RDB) failed' : null,
    evictionPolicy: info.get('maxmemory_policy') ?? 'unknown',
    usedBytes: number('used_memory'),
    memoryShare: limit > 0 ? number('used_memory') / limit : 0,
    isPrimary: info.get('role') === 'master',
    replicas: number('connected_slaves'),
  };
}

/** `INFO`'s lines `name:value`. */
function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\r\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
  }));
}
