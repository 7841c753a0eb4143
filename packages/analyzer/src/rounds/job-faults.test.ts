import { type AnomalyEvent, type Json, silentLogger } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMovedClock, eventually, type MovedClock, openTestStore, quietSeries, type TestStore } from '../../contract/store-for-tests.js';
import { defaultAnalyzerSettings } from '../analyzer-settings.js';
import { type Analyzer, createAnalyzer } from '../create-analyzer.js';
import { judgeQueue, parkedQueue, slotJob } from './slots.js';

const minute = 60;
const slot = 28_000_000;
const now = slot * minute;

/** Rows 25, 31 and 32 of reliability.md, on the embedded store; the others are lived through by test/simulation. */
describe('jobs', () => {
  let store: TestStore;
  let clock: MovedClock;
  let stops: (() => Promise<void>)[];
  beforeEach(async () => {
    store = await openTestStore();
    clock = createMovedClock(now + 5);
    stops = [];
    await store.append(quietSeries('web.latency', { from: now - 86_400, until: now + minute, burst: [now - 2 * minute, Infinity] }));
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    await store.close();
  });

  function run(holder: string): Analyzer {
    const { series, anomalies: log, queue, state } = store.backend;
    const one = createAnalyzer({ series, log, queue, state, clock, logger: silentLogger, settings: defaultAnalyzerSettings, holder });
    const stopping = new AbortController();
    const running = one.run(stopping.signal);
    stops.push(() => {
      stopping.abort();
      return running;
    });
    return one;
  }

  const events = async (): Promise<AnomalyEvent[]> => (await store.backend.anomalies.follow('', 1000, 0)).events;
  const judged = (some: readonly Analyzer[]): number => some.flatMap((one) => one.samples()).filter(({ name, labels }) => name === 'skylark_analyzer_slots_total' && labels['result'] === 'judged').reduce((sum, { value }) => sum + value, 0);

  it('added a hundred times, by as many as like, are one judgement and one alert', async () => {
    const analyzers = ['one', 'two', 'three'].map(run);
    const added = await Promise.all(Array.from({ length: 100 }, () => store.backend.queue.add(judgeQueue, [slotJob({ shard: 0, slot })])));
    expect(added.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
    await eventually(() => judged(analyzers) === 1);
    await eventually(async () => (await store.backend.queue.counts(judgeQueue)).active === 0);
    for (let i = 0; i < 100; i += 1) await store.backend.queue.add(judgeQueue, [slotJob({ shard: 0, slot })]);
    await clock.advance(5);
    expect(judged(analyzers)).toBe(1);
    expect((await events()).map(({ type }) => type)).toEqual(['opened']);
  });

  it.each<[string, Json]>([
    ['of a version to come', { version: 2, shard: 0, slot }], ['without a shard', { version: 1, slot }], ['that is no object', 'rubbish'], ['that is null', null], ['that is a list', [1, 0, slot]],
    ['of hostile numbers', { version: 1, shard: '0', slot: { $gt: 0 } }],
  ])('%s are parked as they are, and fail nobody', async (_, data) => {
    const one = run('one');
    await store.backend.queue.add(judgeQueue, [{ id: 'odd-1', data }]);
    await eventually(async () => (await store.backend.queue.counts(parkedQueue)).waiting === 1);
    await eventually(() => judged([one]) === 1);
    expect((await store.backend.queue.counts(judgeQueue)).failed).toBe(0);
    const parked: Json[] = [];
    await store.backend.queue.discard(parkedQueue, (job) => parked.push(job.data) > 0);
    expect(parked).toEqual([data]);
  });

  it('carry ids: data beyond 64 KiB is refused where it is added, with nothing of the rest lost', async () => {
    const { queue } = store.backend;
    await queue.add(judgeQueue, [slotJob({ shard: 0, slot: slot - 1 })]);
    const oversized = queue.add(judgeQueue, [{ id: 'huge-1', data: { version: 1, shard: 0, slot, points: 'x'.repeat(10 * 2 ** 20) } }]);
    await expect(oversized).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('huge-1') as string });
    expect(await queue.counts(judgeQueue)).toEqual({ waiting: 1, active: 0, failed: 0 });
    expect(Buffer.byteLength(JSON.stringify(slotJob({ shard: 1023, slot })))).toBeLessThan(100);
  });
});
