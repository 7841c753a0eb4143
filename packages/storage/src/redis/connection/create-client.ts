import { SkylarkError } from '@skylark/core';
import { Cluster, Redis, type CommonRedisOptions } from 'ioredis';
import { parseAddress, parseRedisUrl, type RedisSettings, type RedisUrl } from './redis-settings.js';
import { stayConnected } from './stay-connected.js';
import { watchSilence } from './watch-silence.js';

export type RedisClient = Redis | Cluster;
type ClientOptions = Omit<CommonRedisOptions, 'replyMapping'> & { tls?: object };

/**
 * - `direct`: commands that are answered at once. Nothing is queued while the server is away (they are rejected at once) and nothing is sent twice.
 * - `blocking`: one command that may wait long (XREAD BLOCK); no time limit but the server's, else as `direct`.
 * - `bullmq`: as BullMQ wants it: queues while the server is away, retries for ever.
 */
export type ClientKind = 'direct' | 'blocking' | 'bullmq';

/** No byte of an answer for so long: the server is gone (no RST ever comes from a black hole). The socket is closed and every waiting command rejected. */
export const answerTimeoutMs = 2000;
const connectTimeoutMs = 2000;
const longestRetryMs = 500;

/** A new client of the server, Sentinels or Cluster that the settings name. It connects by itself and again whenever it has to. */
export function createClient(settings: RedisSettings, kind: ClientKind): RedisClient {
  const client = stayConnected(makeClient(settings, kind), longestRetryMs);
  return kind === 'direct' ? watchSilence(client, answerTimeoutMs) : client;
}

function makeClient(settings: RedisSettings, kind: ClientKind): RedisClient {
  const { cluster = [], sentinels = [], sentinelName, url } = settings;
  const from = parseRedisUrl(url);
  const common = { ...commonOptions(kind), ...credentials(from) };
  if (cluster.length > 0) return createCluster(cluster, kind, common);
  const db = from.db === undefined ? {} : { db: from.db };
  if (sentinels.length > 0) {
    if (sentinelName === undefined) throw new SkylarkError('bad-config', 'redis.sentinelName is needed beside redis.sentinels');
    // A quiet Sentinel would be asked for ever; the detector hears of a switch and closes the connection to the old primary at once.
    return new Redis({ ...common, ...db, sentinels: sentinels.map(parseAddress), name: sentinelName, sentinelCommandTimeout: answerTimeoutMs, sentinelRetryStrategy: retryDelayMs, failoverDetector: true });
  }
  return new Redis({ ...common, ...db, host: from.host ?? '127.0.0.1', port: from.port ?? 6379 });
}

/** Quick at first, then twice a second: a server that is back is used again within a second. */
export function retryDelayMs(times: number): number {
  return Math.min(longestRetryMs, 20 * 2 ** Math.min(times, 10));
}

function commonOptions(kind: ClientKind): ClientOptions {
  const queueing = kind === 'bullmq';
  return {
    connectTimeout: connectTimeoutMs,
    retryStrategy: retryDelayMs,
    maxRetriesPerRequest: queueing ? null : 0,
    enableOfflineQueue: queueing,
    autoResendUnfulfilledCommands: queueing,
    maxLoadingRetryTime: longestRetryMs,
    // A primary that became a replica: connect anew, which asks the Sentinels or the DNS again.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

function createCluster(nodes: readonly string[], kind: ClientKind, common: ClientOptions): Cluster {
  const queueing = kind === 'bullmq';
  const { retryStrategy: _own, enableOfflineQueue: _queue, ...redisOptions } = common;
  return new Cluster(nodes.map(parseAddress), {
    redisOptions,
    enableOfflineQueue: queueing,
    clusterRetryStrategy: retryDelayMs,
    slotsRefreshTimeout: answerTimeoutMs,
    slotsRefreshInterval: 5000,
    // A failed command is tried at the slot's new owner for at most so long: then it is the caller's.
    maxRedirections: queueing ? 100 : 8,
  });
}

function credentials({ username, password, tls }: RedisUrl): ClientOptions {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }), ...(tls ? { tls: {} } : {}) };
}
