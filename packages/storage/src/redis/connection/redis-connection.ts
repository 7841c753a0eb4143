import { Connection, type ConnectionOptions } from './connection.js';
import type { RedisConnection } from './connection-port.js';

export { repliesOf } from './connection-port.js';
export type { Fill, RedisConnection, Written } from './connection-port.js';

export interface RedisConnectionOptions extends ConnectionOptions {
  /** How long `openRedisConnection` waits for a server that is not there (10 s); while it loads its data it waits on. */
  readonly waitMs?: number;
}

/**
 * Opens a connection and waits until the server is ready: while it is loading for as long as it takes, else at most `waitMs`.
 *
 * @throws SkylarkError `store-away` naming the server and what was wrong last (refused, wrong password at once); `bad-config`
 * @example const connection = await openRedisConnection({ settings: { url: 'redis://127.0.0.1:6379', ack: 'local' }, clock, logger });
 */
export async function openRedisConnection(options: RedisConnectionOptions): Promise<RedisConnection> {
  const connection = new Connection(options);
  try {
    await connection.ready(options.waitMs ?? 10_000);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
