import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startChaosProxy } from '../../../../../test/servers/chaos-proxy.js';
import { sharedServer } from '../../../../../test/servers/shared-server.js';
import { findingOf } from '../../../contract/anomaly-log-contract.js';
import { keepingLogger, movableClock } from '../../../contract/backend-under-test.js';
import { openRedisConnection } from '../connection/redis-connection.js';
import { openRedisPorts, type RedisPorts } from '../open-redis-ports.js';

it('jobs and followers go on within seconds of a black hole, and callers are told meanwhile (row 7)', async (test) => {
  const url = await sharedServer('redis', test);
  const proxy = await startChaosProxy(Number(new URL(url).port));
  const clock = movableClock();
  const prefix = `t-${randomUUID()}`;
  const ends: (() => Promise<void>)[] = [() => proxy.stop()];
  const open = async (through: string): Promise<RedisPorts> => {
    const connection = await openRedisConnection({ settings: { url: through, ack: 'local', prefix }, clock, logger: keepingLogger() });
    const ports = openRedisPorts({ connection, clock, logger: keepingLogger(), process: randomUUID() });
    ends.push(() => connection.close(), () => ports.close());
    return ports;
  };
  try {
    const [near, far] = [await open(url), await open(`redis://127.0.0.1:${proxy.port}`)];
    const done: string[] = [];
    far.queue.work('q', async ({ id }) => {
      await sleep(50);
      done.push(id);
    }, { concurrency: 2 });
    await near.queue.add('q', Array.from({ length: 100 }, (_, i) => ({ id: `j-${i}`, data: null })));
    await expect.poll(() => done.length, { timeout: 5000, interval: 20 }).toBeGreaterThan(3);
    const { cursor } = await far.anomalies.follow(null, 1, 0);
    proxy.weather.blackHole = true;
    const began = clock.elapsedMs();
    await expect(far.queue.add('q', [{ id: 'k-1', data: null }])).rejects.toMatchObject({ code: 'store-away' });
    await expect(far.state.get('k')).rejects.toMatchObject({ code: 'store-away' });
    expect(clock.elapsedMs() - began).toBeLessThan(9000);
    await near.anomalies.record([findingOf()]);
    await sleep(Math.max(0, 15_000 - (clock.elapsedMs() - began)));
    const before = done.length;
    proxy.clear();
    await expect.poll(() => done.length, { timeout: 10_000, interval: 20 }).toBeGreaterThan(before + 5);
    await expect.poll(() => far.anomalies.follow(cursor, 10, 100).then(({ events }) => events.length, () => 0), { timeout: 10_000, interval: 20 }).toBe(1);
    await expect.poll(() => near.queue.counts('q'), { timeout: 20_000, interval: 100 }).toEqual({ waiting: 0, active: 0, failed: 0 });
    expect(new Set(done.filter((id) => id.startsWith('j-'))).size).toBe(100);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}, 90_000);
