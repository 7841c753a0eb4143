import type { Clock } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import type { RedisConnection } from '../redis/connection/redis-connection.js';
import { createServerClock } from './server-clock.js';

/** A machine whose wall clock and monotonic clock are set by hand, and a server's clock likewise. */
function machine() {
  const at = { wall: 1000, elapsedMs: 5_000_000, server: 2000, away: false, asked: 0 };
  const clock: Clock = { now: () => at.wall, elapsedMs: () => at.elapsedMs, sleep: () => Promise.resolve() };
  const client = {
    time: async () => {
      at.asked += 1;
      at.elapsedMs += 20;
      if (at.away) throw new Error('away');
      return [Math.floor(at.server), Math.round((at.server % 1) * 1e6)];
    },
  };
  const connection = { read: (work: (given: never) => Promise<unknown>) => work(client as never) } as Pick<RedisConnection, 'read'>;
  const pass = (seconds: number): void => {
    at.elapsedMs += seconds * 1000;
    at.server += seconds;
    at.wall += seconds;
  };
  return { at, clock, connection, pass };
}

describe('the clock of the servers', () => {
  it('is Redis\' time, whatever the machine\'s wall clock says', async () => {
    const { at, clock, connection, pass } = machine();
    const shared = await createServerClock(connection, clock);
    expect(shared.now()).toBeCloseTo(2000.01, 6);
    pass(5);
    expect(shared.now()).toBeCloseTo(2005.01, 6);
    at.wall -= 7200;
    expect(shared.now()).toBeCloseTo(2005.01, 6);
    expect(shared.ahead()).toBeCloseTo(-8200.01, 3);
  });

  it('is read again every half a minute', async () => {
    const { at, clock, connection, pass } = machine();
    const shared = await createServerClock(connection, clock);
    pass(29);
    shared.now();
    expect(at.asked).toBe(1);
    at.server += 3;
    pass(2);
    shared.now();
    await shared.refresh();
    expect(at.asked).toBe(2);
    expect(shared.now()).toBeCloseTo(2034.01, 1);
  });

  it('goes on by itself while Redis is away, and before it was ever there', async () => {
    const { at, clock, connection, pass } = machine();
    at.away = true;
    const shared = await createServerClock(connection, clock);
    expect(shared.now()).toBeCloseTo(1000.02, 6);
    pass(2);
    expect(shared.now()).toBeCloseTo(1002.02, 1);
    await shared.refresh();
    at.away = false;
    await shared.refresh();
    expect(shared.now()).toBeCloseTo(2002.01, 1);
    at.away = true;
    pass(100);
    shared.now();
    await shared.refresh();
    expect(shared.now()).toBeCloseTo(2102.05, 1);
  });

  it('does not go back for a small correction, but follows a large one', async () => {
    const { at, clock, connection } = machine();
    const shared = await createServerClock(connection, clock);
    const first = shared.now();
    at.server -= 0.5;
    await shared.refresh();
    expect(shared.now()).toBe(first);
    at.server -= 100;
    await shared.refresh();
    expect(shared.now()).toBeLessThan(first - 99);
  });
});
