import { type Datapoint, SkylarkError } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { createMovedClock, eventually, openTestStore, passUntil, type TestStore } from '../../contract/store-for-tests.js';
import { createSelfMetrics } from './create-self-metrics.js';

const start = 1_700_000_000;

/** The way through the intake: straight into the store. */
const into = (store: TestStore) => async (datapoints: readonly Datapoint[]): Promise<void> => {
  await store.append(...datapoints.map(({ metric, timestamp, value }) => ({ metric, timestamps: Float64Array.of(timestamp), values: Float64Array.of(value) })));
};

const read = async (store: TestStore, metric: string): Promise<number[]> => {
  const [series] = await store.backend.series.read([metric], { from: 0, until: 2 ** 31 });
  return Array.from(series?.values ?? []);
};

describe('createSelfMetrics', () => {
  it('beats every ten seconds, reads the beat back, and writes lag and figures as series', async () => {
    await using store = await openTestStore();
    const clock = createMovedClock(start);
    let depth = 3;
    const own = createSelfMetrics({ sample: () => [{ name: 'skylark_queue_depth', help: '', kind: 'gauge', labels: {}, value: depth }], write: into(store), store: store.backend.series, clock });
    expect(own.samples()).toEqual([]);
    const stopping = new AbortController();
    const running = own.run(stopping.signal);
    await eventually(async () => (await read(store, 'skylark.queue.depth')).length === 1);
    depth = 4;
    await passUntil(clock, async () => (await read(store, 'skylark.queue.depth')).length === 2);
    stopping.abort();
    await running;
    expect(await read(store, 'skylark.queue.depth')).toEqual([3, 4]);
    expect(await read(store, 'skylark.canary')).toEqual([1, 1]);
    expect(await read(store, 'skylark.canary.lagSeconds')).toHaveLength(2);
    expect(own.lagSeconds()).toBeLessThan(10);
    expect(own.samples()).toMatchObject([{ name: 'skylark_canary_lag_seconds', value: own.lagSeconds() }]);
  });

  it('shows a lag that grows while nothing can be written, and goes on when it can', async () => {
    await using store = await openTestStore();
    const clock = createMovedClock(start);
    let away = false;
    const own = createSelfMetrics({
      sample: () => [],
      write: async (datapoints) => {
        if (away) throw new SkylarkError('store-away');
        await into(store)(datapoints);
      },
      store: store.backend.series,
      clock,
    });
    const stopping = new AbortController();
    const running = own.run(stopping.signal);
    await eventually(() => own.lagSeconds() !== null);
    away = true;
    await clock.advance(120);
    expect(own.lagSeconds()).toBeGreaterThan(90);
    away = false;
    await passUntil(clock, () => own.lagSeconds()! < 15);
    stopping.abort();
    await running;
  });
});
