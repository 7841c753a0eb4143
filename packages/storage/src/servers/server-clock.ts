import type { Clock } from '@skylark/core';
import type { RedisConnection } from '../redis/connection/redis-connection.js';

/** Redis' time, and how long it may be relied on. */
export interface ServerClock extends Clock {
  /** Asks Redis again; keeps what it knows when Redis is away. */
  refresh(): Promise<void>;
  /** Seconds by which the machine's own clock is ahead of Redis'. For health and logs. */
  ahead(): number;
}

const readAgainMs = 30_000;
const retryMs = 1000;
/** Smaller corrections never make the time go backwards. */
const smallStepSeconds = 1;

/**
 * One clock for all machines: `now` is Redis' time, carried on by this machine's monotonic clock between readings, so neither its wall clock nor a step of it
 * matters. Read at the start, after that whenever a reading is older than 30 s and somebody asks; the network's delay is halved away.
 *
 * Before the first answer of Redis it is the machine's own clock.
 *
 * @example const shared = await createServerClock(connection, systemClock); shared.now();
 */
export async function createServerClock(connection: Pick<RedisConnection, 'read'>, clock: Clock): Promise<ServerClock> {
  /** now = elapsed + base. */
  let base = clock.now() - clock.elapsedMs() / 1000;
  let nextMs = 0;
  let latest = -Infinity;
  let reading: Promise<void> | null = null;
  const read = async (): Promise<void> => {
    const before = clock.elapsedMs();
    try {
      const [seconds, micros] = await connection.read((client) => client.time());
      const after = clock.elapsedMs();
      base = Number(seconds) + Number(micros) / 1e6 - (before + after) / 2000;
      nextMs = after + readAgainMs;
    } catch {
      nextMs = clock.elapsedMs() + retryMs;
    }
  };
  const refresh = (): Promise<void> => (reading ??= read().finally(() => (reading = null)));
  await refresh();
  return {
    now() {
      if (clock.elapsedMs() >= nextMs) void refresh();
      const now = base + clock.elapsedMs() / 1000;
      if (now < latest && latest - now < smallStepSeconds) return latest;
      latest = now;
      return now;
    },
    elapsedMs: () => clock.elapsedMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    refresh,
    ahead: () => clock.now() - (base + clock.elapsedMs() / 1000),
  };
}
