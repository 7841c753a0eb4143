import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { keepingLogger, movableClock } from '../../../contract/backend-under-test.js';
import { openRedisConnection, type RedisConnection } from '../connection/redis-connection.js';
import { createWorkQueue, type RedisWorkQueue } from './work-queue.js';

describe('a job whose worker lost it', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const clock = movableClock();
  const open = async (test: TestContext, prefix: string): Promise<{ queue: RedisWorkQueue; connection: RedisConnection }> => {
    const connection = await openRedisConnection({ settings: { url: await sharedServer('redis', test), ack: 'local', prefix }, clock, logger: keepingLogger() });
    const queue = createWorkQueue({ connection, clock, logger: keepingLogger(), adder: randomUUID(), holdSeconds: 6 });
    ends.push(async () => {
      await queue.close();
      await connection.close();
    });
    return { queue, connection };
  };
  const until = (check: () => unknown, timeout = 20_000): Promise<void> => expect.poll(check, { timeout, interval: 50 }).toBe(true);

  /** What thirty seconds without a sign of life do to its hold. */
  const expireHold = (connection: RedisConnection, prefix: string, id: string): Promise<unknown> => connection.read((client) => client.del(`${prefix}:{queue}:q:${id}:lock`));

  it('is told so by its signal, is run again by another, and its late end counts for nothing (rows 23 and 24)', async (test) => {
    const prefix = `t-${randomUUID()}`;
    const [first, second] = [await open(test, prefix), await open(test, prefix)];
    await first.queue.add('q', [{ id: 'slot-1', data: 1 }]);
    let aborted = false;
    let letGo = (): void => {};
    const stuck = new Promise<void>((resolve) => (letGo = resolve));
    first.queue.work('q', (_, signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return stuck;
    }, { concurrency: 1 });
    await until(async () => (await first.queue.counts('q')).active === 1);
    let runs = 0;
    second.queue.work('q', async () => void (runs += 1), { concurrency: 1 });
    const taken = sleep(200).then(() => expireHold(first.connection, prefix, 'slot-1'));
    await taken;
    // The stalled check runs every five seconds, and finds on its second look what has no hold.
    await until(() => runs === 1, 15_000);
    await until(() => aborted, 15_000);
    letGo();
    await sleep(300);
    expect(await second.queue.counts('q')).toEqual({ waiting: 0, active: 0, failed: 0 });
    expect(await second.queue.add('q', [{ id: 'slot-1', data: 1 }])).toBe(0);
    expect(runs).toBe(1);
  }, 60_000);
});
