import { SkylarkError } from '@skylark/core';

/** Where Redis is and what a write waits for. One of `url` (single), `cluster` or `sentinels` with `sentinelName`. */
export interface RedisSettings {
  /** `redis://` or `rediss://` user:password@host:port/db. Beside `cluster` or `sentinels` its user, password, TLS and (not with Cluster) db are taken. */
  readonly url?: string | undefined;
  /** Some nodes of a Cluster, host:port; the others are found. */
  readonly cluster?: readonly string[] | undefined;
  /** Sentinels, host:port. */
  readonly sentinels?: readonly string[] | undefined;
  /** The primary's name at the Sentinels. */
  readonly sentinelName?: string | undefined;
  /** `local`: the primary has it. `replicated`: a replica has it too (WAIT), so that a failover loses nothing. */
  readonly ack: 'local' | 'replicated';
  /** Before every key, so that stores can share a server; default `skylark`. */
  readonly prefix?: string | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws SkylarkError `bad-config`, naming the address */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) throw new SkylarkError('bad-config', `${JSON.stringify(text)} is no host:port`);
  return { host: match[1] ?? match[2]!, port };
}

/** What the address of a single server or the credentials for many say. */
export interface RedisUrl extends Partial<Address> {
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls: boolean;
}

/** @throws SkylarkError `bad-config`; never shows the password */
export function parseRedisUrl(url: string | undefined): RedisUrl {
  if (url === undefined) return { tls: false };
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')) throw new SkylarkError('bad-config', 'redis.url: redis://host:port is expected');
  const db = parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,5}$/.test(db)) throw new SkylarkError('bad-config', 'redis.url: the path is the number of a database');
  return {
    ...(parsed.hostname === '' ? {} : { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: parsed.port === '' ? 6379 : Number(parsed.port) }),
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(db === '' ? {} : { db: Number(db) }),
    tls: parsed.protocol === 'rediss:',
  };
}

/** For logs and reasons: where, without credentials. */
export function describeServer({ url, cluster = [], sentinels = [], sentinelName }: RedisSettings): string {
  if (cluster.length > 0) return `Redis Cluster ${cluster.join(', ')}`;
  if (sentinels.length > 0) return `Redis ${sentinelName ?? '?'} of Sentinels ${sentinels.join(', ')}`;
  const { host = '127.0.0.1', port = 6379, tls } = parseRedisUrl(url);
  // A server without TLS says nothing to a handshake: the time runs out, and that alone would explain nothing.
  return `Redis ${host}:${port}${tls ? ' (by TLS)' : ''}`;
}
