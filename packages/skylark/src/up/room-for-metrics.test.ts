import type { Clock, Sample } from '@skylark/core';
import { expect, it } from 'vitest';
import { watchRoom } from './room-for-metrics.js';

it('there is no room for new metrics from 95 % of the memory until below 92 %, and always in a store without a limit', async () => {
  const shares = [0.5, 0.949, 0.95, 0.93, 0.99, 0.919, 0.94, null];
  const seen: (string | null)[] = [];
  const stop = new AbortController();
  let at = 0;
  const clock: Clock = {
    now: () => 0,
    elapsedMs: () => 0,
    sleep: async () => {
      seen.push(room.shortage());
      at += 1;
      if (at === shares.length) stop.abort();
    },
  };
  const samples = (): Sample[] => (shares[at] === null ? [] : [{ name: 'skylark_store_memory_share', help: '', kind: 'gauge', labels: {}, value: shares[at] ?? 0 }]);
  const room = watchRoom({ health: async () => [], samples }, clock);
  await room.run(stop.signal);
  const short = (percent: number): string => `the store is at ${percent} % of the memory it may use`;
  expect(seen).toEqual([null, null, short(95), short(93), short(99), null, null, null]);
});
