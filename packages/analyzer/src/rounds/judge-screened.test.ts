import { judge } from '@skylark/algorithms';
import { type Series, silentLogger } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMovedClock, openTestStore, quietSeries, type TestStore } from '../../contract/store-for-tests.js';
import { defaultAnalyzerSettings } from '../analyzer-settings.js';
import { type Analyzer, createAnalyzer } from '../create-analyzer.js';

const [minute, hour] = [60, 3600];
const slot = 28_000_000;
const now = slot * minute;
const soak = process.env['SKYLARK_SOAK'] === '1';

function analyzer(store: TestStore, screened: boolean, onJudge: () => void = () => undefined): Analyzer {
  const { series, anomalies: log, queue, state, snapshots } = store.backend;
  const settings = { ...defaultAnalyzerSettings, screened, ensemble: { ...defaultAnalyzerSettings.ensemble, fullDuration: 4 * hour } };
  return createAnalyzer({ series, log, queue, state, snapshots, clock: createMovedClock(now + 5), logger: silentLogger, settings, judge: (...input) => (onJudge(), judge(...input)) });
}

/** What comes to a metric in a slot: ordinary values, odd ones, some of another time, or nothing at all. */
const arrival = fc.record({
  metric: fc.constantFrom('a', 'b', 'c'),
  count: fc.constantFrom(1, 1, 1, 2, 6),
  from: fc.constantFrom(-59, -59, -59, -59, -30, -4000, 30, 200),
  value: fc.constantFrom(100, 100, 100, 101, 500, 500, -40),
  spread: fc.constantFrom(0, 3, 3),
});
const slots = fc.array(fc.array(arrival, { maxLength: 4 }), { minLength: 25, maxLength: 25 });
const event = fc.constantFrom('go', 'go', 'go', 'go', 'restart', 'seal', 'skip');

async function arrive(store: TestStore, now: number, arrivals: readonly { metric: string; count: number; from: number; value: number; spread: number }[]): Promise<void> {
  for (const { metric, count, from, value, spread } of arrivals) {
    const timestamps = Float64Array.from({ length: count }, (_, i) => now + from + i * 10);
    await store.append({ metric, timestamps, values: timestamps.map((time) => value + spread * Math.sin(time * time)) });
  }
}

describe('rounds with the screen of the nine', () => {
  it('come to the findings of those that read every window, whatever arrives when', async () => {
    let found = 0;
    await fc.assert(fc.asyncProperty(slots, fc.array(event, { minLength: 25, maxLength: 25 }), fc.constantFrom(10, 60, 400), async (arrivals, events, every) => {
      await using plain = await openTestStore();
      await using screened = await openTestStore();
      const history = ['a', 'b', 'c'].map((metric): Series => quietSeries(metric, { from: now - 5 * hour, until: now - minute, every }));
      let [one, other] = [analyzer(plain, false), analyzer(screened, true)];
      for (const store of [plain, screened]) await store.append(...history);
      for (const [i, some] of arrivals.entries()) {
        for (const store of [plain, screened]) await arrive(store, now + i * minute, some);
        if (events[i] === 'restart') [one, other] = [analyzer(plain, false), analyzer(screened, true)];
        if (events[i] === 'seal') await screened.backend.series.maintain(0, now + 40 * 86_400);
        if (events[i] === 'skip') continue;
        await one.judgeShard(0, slot + i);
        await other.judgeShard(0, slot + i);
        expect(await screened.anomalies(), `slot ${i}`).toEqual(await plain.anomalies());
      }
      found += (await plain.anomalies()).length;
    }), { numRuns: soak ? 200 : 6, endOnFailure: true });
    expect(found).toBeGreaterThan(3);
  }, soak ? 3_600_000 : 120_000);

  it('judge few windows of quiet metrics', async () => {
    await using store = await openTestStore();
    let judged = 0;
    const one = analyzer(store, true, () => (judged += 1));
    const names = Array.from({ length: 40 }, (_, i) => `m${i}`);
    await store.append(...names.map((metric) => quietSeries(metric, { from: now - 5 * hour, until: now, every: 60 })));
    await one.judgeShard(0, slot);
    expect(judged).toBe(40);
    for (let next = slot + 1; next <= slot + 10; next += 1) {
      await store.append(...names.map((metric) => quietSeries(metric, { from: (next - 1) * minute, until: next * minute, every: 60 })));
      await one.judgeShard(0, next);
    }
    expect(judged).toBeLessThan(40 + 0.1 * 400);
  });
});
