import { SkylarkError } from '@skylark/core';
import type { Redis } from 'ioredis';

const timeoutMs = 10_000;

/** A connection that fails instead of waiting: a command is run by somebody who looks at it. @throws SkylarkError unreachable */
export async function connectKale(url: string): Promise<Redis> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== 'redis:' && parsed?.protocol !== 'rediss:') throw new SkylarkError('bad-request', 'the Redis is given as redis://host:port');
  const { Redis } = await import('ioredis');
  const client = new Redis(url, { lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // Every command says its own failure.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
    return client;
  } catch (cause) {
    client.disconnect();
    throw unreachable(`Redis at ${parsed.host}`, cause);
  }
}

export function unreachable(what: string, cause: unknown): SkylarkError {
  return new SkylarkError('unreachable', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
