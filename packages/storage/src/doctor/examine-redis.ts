import type { Clock } from '@skylark/core';
import { Cluster, type Redis } from 'ioredis';
import { createClient } from '../redis/connection/create-client.js';
import { describeServer, type RedisSettings } from '../redis/connection/redis-settings.js';
import { storeError } from '../redis/connection/redis-errors.js';
import { fine, type ServerFinding, unreachable, wrong } from './server-finding.js';

export interface ExamineRedisOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly waitMs?: number;
}

const mib = 2 ** 20;
/** Slots come from the clock of whoever judges; a second apart is the edge of two of them. */
const clockSeconds = 2;
const fullShare = 0.8;
/** Of Redis' memory: data that is rewritten to the AOF while it changes takes up to twice its room. */
const fragmented = 1.5;

interface Node {
  readonly info: ReadonlyMap<string, string>;
  readonly config: ReadonlyMap<string, string>;
  /** Its clock less ours, seconds. */
  readonly aheadSeconds: number;
  /** `CLUSTER INFO`, where it is a Cluster. */
  readonly cluster: ReadonlyMap<string, string>;
}

/** Looks at a Redis as Skylark would use it: of a Cluster at every primary. Changes nothing. Never rejects. */
export async function examineRedis({ settings, clock, waitMs = 5000 }: ExamineRedisOptions): Promise<ServerFinding[]> {
  const client = createClient(settings, 'direct');
  let lastError = null as Error | null;
  client.on('error', (error: Error) => (lastError = error));
  try {
    const deadline = clock.elapsedMs() + waitMs;
    while (client.status !== 'ready' && clock.elapsedMs() < deadline) await clock.sleep(20);
    if (client.status !== 'ready') return [unreachable('redis', `${describeServer(settings)} does not answer${lastError === null ? '' : `: ${storeError(lastError, 'it says').detail}`}; start it, or set redis.url`)];
    const nodes = client instanceof Cluster ? client.nodes('master') : [client];
    const findings = await Promise.all(nodes.map(async (node) => {
      const found = findingsOf(await ask(node, clock), settings);
      return nodes.length === 1 ? found : found.map((one) => ({ ...one, check: `${one.check} (${node.options.host}:${node.options.port})` }));
    }));
    return [fine('redis', `${describeServer(settings)} answers`), ...findings.flat()];
  } catch (error) {
    return [unreachable('redis', storeError(error, describeServer(settings)).message)];
  } finally {
    client.disconnect();
  }
}

async function ask(node: Redis, clock: Clock): Promise<Node> {
  const info = linesOf(await node.info());
  // Some who offer Redis as a service forbid CONFIG.
  const asked = await node.config('GET', '*').catch(() => [] as unknown);
  const pairs = Array.isArray(asked) ? asked.map(String) : Object.entries(asked as Record<string, string>).flat();
  const config = new Map(Array.from({ length: pairs.length >> 1 }, (_, i) => [pairs[2 * i]!, pairs[2 * i + 1]!]));
  const before = clock.now();
  const [seconds, microseconds] = await node.time();
  const aheadSeconds = Number(seconds) + Number(microseconds) / 1e6 - (before + clock.now()) / 2;
  const cluster = info.get('cluster_enabled') === '1' ? linesOf(String(await node.cluster('INFO'))) : new Map<string, string>();
  return { info, config, aheadSeconds, cluster };
}

function findingsOf(node: Node, { ack, cluster = [] }: RedisSettings): ServerFinding[] {
  return [version(node), appendOnly(node), fsync(node), eviction(node), memory(node), fragmentation(node), role(node), replicas(node, ack), clusterState(node, cluster.length > 0), time(node)].flat();
}

function version({ info }: Node): ServerFinding {
  const text = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = text.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) return wrong('redis version', `${text} is too old; install Redis 7 (6.2 is the oldest that works)`);
  return fine('redis version', major < 7 ? `${text} works; 7 is better` : text);
}

function appendOnly({ info }: Node): ServerFinding {
  if (info.get('aof_enabled') !== '1') return wrong('redis appendonly', 'no: what was acknowledged is gone when Redis is restarted; set appendonly yes (CONFIG SET appendonly yes, then CONFIG REWRITE)');
  if (info.get('aof_last_write_status') === 'err') return wrong('redis appendonly', 'the append-only file cannot be written; make room on its disk');
  return fine('redis appendonly', 'yes');
}

function fsync({ info, config }: Node): ServerFinding[] {
  const policy = config.get('appendfsync');
  if (info.get('aof_enabled') !== '1' || policy === undefined) return [];
  if (policy === 'no') return [wrong('redis appendfsync', 'no: a loss of power takes up to half a minute of what was acknowledged; set appendfsync everysec, or always')];
  return [fine('redis appendfsync', policy === 'always' ? 'always: no loss of power takes anything that was acknowledged' : 'everysec: a loss of power takes up to a second, a killed process up to two while a sync of the disk takes long; set always where nothing acknowledged may be lost')];
}

function eviction({ info }: Node): ServerFinding {
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  return policy === 'noeviction' ? fine('redis maxmemory-policy', policy) : wrong('redis maxmemory-policy', `${policy}: Redis would throw data and jobs away when memory is short; set maxmemory-policy noeviction`);
}

function memory({ info }: Node): ServerFinding {
  const [used, limit, system] = ['used_memory', 'maxmemory', 'total_system_memory'].map((name) => Number(info.get(name) ?? 0)) as [number, number, number];
  const of = (bytes: number): string => `${(used / mib).toFixed(0)} of ${(bytes / mib).toFixed(0)} MiB used`;
  if (limit === 0) return used > system * fullShare && system > 0 ? wrong('redis memory', `${of(system)} of the machine, and no maxmemory: the system would end Redis; set maxmemory to about 60 % of the machine, or add memory`) : fine('redis memory', `${of(system)} of the machine; without maxmemory the system may end Redis before Redis refuses a write: better set it, to about 60 %`);
  return used >= limit * fullShare ? wrong('redis memory', `${of(limit)}: at the limit writes are refused; raise maxmemory, shorten store.retention, or add nodes of a Cluster`) : fine('redis memory', of(limit));
}

function fragmentation({ info }: Node): ServerFinding[] {
  const [ratio, used] = [Number(info.get('mem_fragmentation_ratio') ?? 1), Number(info.get('used_memory') ?? 0)];
  return ratio > fragmented && used > 256 * mib ? [wrong('redis fragmentation', `${ratio}: set activedefrag yes, or restart a replica and fail over to it`)] : [];
}

function role({ info }: Node): ServerFinding[] {
  return info.get('role') === 'master' ? [] : [wrong('redis role', `a replica of ${info.get('master_host')}:${info.get('master_port')}, which takes no writes; set redis.url to the primary, or redis.sentinels`)];
}

function replicas({ info }: Node, ack: RedisSettings['ack']): ServerFinding {
  const count = Number(info.get('connected_slaves') ?? 0);
  if (ack === 'replicated' && count === 0) return wrong('redis replicas', 'none, but redis.ack is replicated: every write is refused; connect a replica, or set redis.ack local');
  if (ack === 'local' && count > 0) return fine('redis replicas', `${count}; with redis.ack local a failover may lose what they do not have yet: redis.ack replicated waits for one`);
  return fine('redis replicas', count === 0 ? 'none: when Redis is away, nothing is taken until it is back' : String(count));
}

function clusterState({ cluster }: Node, isConfigured: boolean): ServerFinding[] {
  if (cluster.size === 0) return isConfigured ? [wrong('redis cluster', 'redis.cluster names a server that is none; set redis.url instead')] : [];
  if (!isConfigured) return [wrong('redis cluster', 'this is a Cluster; name some of its nodes in redis.cluster')];
  const state = cluster.get('cluster_state') ?? 'unknown';
  return [state === 'ok' ? fine('redis cluster', `ok, ${cluster.get('cluster_size')} primaries`) : wrong('redis cluster', `${state}, ${cluster.get('cluster_slots_assigned')} of 16384 slots served; bring the missing primaries back, or fail over to their replicas`)];
}

function time({ aheadSeconds }: Node): ServerFinding {
  const text = `${Math.abs(aheadSeconds).toFixed(2)} s ${aheadSeconds < 0 ? 'behind' : 'ahead of'} this machine`;
  return Math.abs(aheadSeconds) > clockSeconds ? wrong('redis clock', `${text}: keep all machines on NTP; datapoints are judged by the time they carry`) : fine('redis clock', text);
}

/** Lines `name:value`. */
function linesOf(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\r\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
  }));
}
