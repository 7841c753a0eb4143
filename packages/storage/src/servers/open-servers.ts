import { randomInt, randomUUID } from 'node:crypto';
import type { Backend, BackendStats, Clock, HealthCheck, Logger, SeriesStore } from '@skylark/core';
import { openElasticsearchIndex, type ElasticsearchIndex } from '../elasticsearch/open-elasticsearch-index.js';
import { openRedisConnection, type RedisConnection } from '../redis/connection/redis-connection.js';
import type { RedisSettings } from '../redis/connection/redis-settings.js';
import { openRedisPorts } from '../redis/open-redis-ports.js';
import { openRedisSeries, type RedisSeries } from '../redis/series/open-redis-series.js';
import { createServerClock } from './server-clock.js';

export interface ElasticsearchSettings {
  /** `http://host:9200`; several for a cluster. */
  readonly node: string | readonly string[];
  /** Of all indices; default `skylark`. */
  readonly prefix?: string | undefined;
}

export interface OpenServersOptions {
  readonly redis: RedisSettings;
  readonly elasticsearch: ElasticsearchSettings;
  /** null: for ever. */
  readonly retentionSeconds: number | null;
  /** Of this machine. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Only when the store is made; default 64. */
  readonly shards?: number;
  /** From 0 to 1: jitter of retries. */
  readonly random?: () => number;
  /** How long Redis is waited for when it is not there; default 10 s. */
  readonly waitMs?: number;
}

/** All ports on Redis, BullMQ and Elasticsearch. */
export interface ServersBackend extends Backend {
  /** Redis' time: the one clock that slots and leases of all machines go by. */
  readonly clock: Clock;
}

/**
 * Opens the servers backend. Redis must be there (it is waited for while it loads, else for `waitMs`); Elasticsearch need not: until it is there, calls of
 * `index` reject with `index-away`.
 *
 * @throws SkylarkError `store-away` (names the server and what was wrong), `store-newer`, `store-corrupt`, `bad-config`
 * @example const backend = await openServers({ redis: { url: 'redis://127.0.0.1:6379', ack: 'local' }, elasticsearch: { node: 'http://127.0.0.1:9200' }, retentionSeconds: 14 * 86_400, clock, logger });
 */
export async function openServers({ redis, elasticsearch, retentionSeconds, clock, logger, shards, random = defaultRandom, waitMs = 10_000 }: OpenServersOptions): Promise<ServersBackend> {
  const { node, prefix } = elasticsearch;
  const index = await openElasticsearchIndex({ node, ...(prefix !== undefined && { prefix }), clock, logger, random });
  try {
    const connection = await openRedisConnection({ settings: redis, clock, logger, waitMs });
    try {
      const opened = await openRedisSeries({ connection, retentionSeconds, clock, logger, ...(shards !== undefined && { shards }) });
      const shared = await createServerClock(connection, clock);
      if (Math.abs(shared.ahead()) > skewSeconds) logger.warn('servers.clock-differs', { seconds: shared.ahead(), kept: 'the time of Redis' });
      return assemble({ connection, index, opened, clock, shared, logger });
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    await index.close();
    throw error;
  }
}

/** Said in the log; slots and leases go by Redis' time all the same. */
const skewSeconds = 10;

const defaultRandom = (): number => randomInt(2 ** 32) / 2 ** 32;

interface Parts {
  readonly connection: RedisConnection;
  readonly index: ElasticsearchIndex;
  readonly opened: RedisSeries;
  readonly clock: Clock;
  readonly shared: Clock;
  readonly logger: Logger;
}

function assemble({ connection, index, opened, clock, shared, logger }: Parts): ServersBackend {
  const ports = openRedisPorts({ connection, clock, logger, process: randomUUID() });
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await ports.close();
    await Promise.all([connection.close(), index.close()]);
  };
  return {
    kind: 'servers',
    clock: shared,
    series: opened.series,
    anomalies: ports.anomalies,
    index,
    collections: ports.collections,
    queue: ports.queue,
    state: ports.state,
    snapshots: ports.snapshots,
    health: async () => healthOf(await connection.health(), await index.health()),
    stats: () => statsOf(connection, opened.series),
    samples: () => [...connection.samples(), ...opened.samples(), ...ports.samples(), ...index.samples()],
    close: () => (closing ??= close()),
  };
}

/** Store and durability, index, queue: BullMQ works where Redis does, and where Redis throws nothing away. */
function healthOf(redis: readonly HealthCheck[], index: readonly HealthCheck[]): HealthCheck[] {
  const store = redis.find(({ name }) => name === 'store');
  return [...redis, ...index, { name: 'queue', ok: store?.ok === true, ...(store?.ok === false && store.reason !== undefined && { reason: store.reason }) }];
}

async function statsOf(connection: RedisConnection, series: SeriesStore): Promise<BackendStats> {
  const shards = Array.from({ length: series.shards }, (_, shard) => shard);
  const lists = await Promise.all(shards.map((shard) => series.list(shard)));
  return { metrics: lists.reduce((sum, list) => sum + (list?.metrics.length ?? 0), 0), bytes: (await connection.facts()).usedBytes };
}
