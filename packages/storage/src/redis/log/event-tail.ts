import type { Clock } from '@skylark/core';
import type { RedisClient } from '../connection/create-client.js';
import type { RedisConnection } from '../connection/redis-connection.js';

/** A wait in Redis for the next event; one for all followers of a process. */
export interface EventTail {
  /** Resolves when an event after this one was written, or the signal aborts, or after about `ms`; perhaps too early, never rejects. */
  wait(after: number, ms: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface EventTailOptions {
  readonly connection: RedisConnection;
  readonly clock: Clock;
  /** Key of the stream. */
  readonly events: string;
}

/** A wait in Redis ends after so long, so that a closed or silent connection is noticed. */
const blockMs = 2000;
const silentMs = blockMs + 2000;
const retryMs = 250;

/** Waits by XREAD BLOCK on a connection of its own, made when the first follower waits. While Redis is away followers wait their time and look again. */
export function createEventTail({ connection, clock, events }: EventTailOptions): EventTail {
  const waiting = new Set<() => void>();
  let client: RedisClient | null = null;
  let last = 0;
  let running = false;
  let closed = false;
  const wakeAll = (): void => waiting.forEach((wake) => wake());
  const read = async (): Promise<number | null> => {
    client ??= connection.duplicate('blocking');
    const answer = client.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', events, `${last}-0`).then(newestOf);
    const silent = new AbortController();
    const outcome = await Promise.race([answer, clock.sleep(silentMs, silent.signal).then(() => 'silent' as const)]);
    silent.abort();
    if (outcome !== 'silent') return outcome;
    // A black hole: nothing will ever come of it.
    answer.catch(() => undefined);
    client.disconnect(true);
    return null;
  };
  const loop = async (): Promise<void> => {
    while (!closed && waiting.size > 0) {
      try {
        const newest = await read();
        if (newest === null) continue;
        last = newest;
        wakeAll();
      } catch {
        await clock.sleep(retryMs);
      }
    }
  };
  const run = (): void => {
    if (running || closed) return;
    running = true;
    void loop().finally(() => {
      running = false;
      if (waiting.size > 0) run();
    });
  };
  return {
    async wait(after, ms, signal) {
      if (closed) return;
      const mayHaveMore = after < last;
      // Also when the log began anew and its numbers are smaller than what was seen.
      last = after;
      if (mayHaveMore) return;
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      signal?.addEventListener('abort', wake, { once: true });
      waiting.add(wake);
      run();
      await clock.sleep(ms, woken.signal);
      waiting.delete(wake);
      signal?.removeEventListener('abort', wake);
    },
    close() {
      closed = true;
      wakeAll();
      client?.disconnect();
    },
  };
}

type Streams = Awaited<ReturnType<RedisClient['xread']>>;

/** The sequence of the last event of an answer; null when the time was up. */
function newestOf(streams: Streams): number | null {
  const newest = (streams)?.[0]?.[1].at(-1)?.[0];
  return newest === undefined ? null : Number(newest.split('-')[0]);
}
