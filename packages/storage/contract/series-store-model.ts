import type { Backend, SeriesStore } from '@skylark/core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { allNames, append, batchOf, maintainAll, pairs, type BackendUnderTest, type MakeBackend, type Point } from './backend-under-test.js';

/** The store as it should be: by metric, by timestamp, the last written. */
type Model = Map<string, Map<number, number>>;

type Step =
  | { readonly do: 'append'; readonly client: number; readonly points: readonly Point[] }
  | { readonly do: 'together'; readonly points: readonly Point[]; readonly maintain: boolean }
  | { readonly do: 'maintain'; readonly client: number }
  | { readonly do: 'remove'; readonly client: number; readonly metrics: readonly string[] }
  | { readonly do: 'reopen' };

const hour = 3600;
const base = 470_000 * hour;
const metrics = ['a', 'b', 'c.d', 'e;f=g', 'ü', '__proto__'];
const metric = fc.constantFrom(...metrics);
const timestamp = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 * hour }), fc.integer({ min: 0, max: 80 }).map((tenths) => tenths / 8)).map((offset) => base + offset);
const points = fc.array(fc.tuple(metric, timestamp, fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 25 });
const client = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), client, points }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('together' as const), points, maintain: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('maintain' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), client, metrics: fc.array(metric, { maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

/** Random histories on a store and on a map, compared after every step. */
export async function seriesStoreModel(makeBackend: MakeBackend, numRuns = 40): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
    const store = await makeBackend();
    try {
      await runSteps(store, steps);
    } finally {
      await store.end();
    }
  }), { numRuns });
}

async function runSteps(store: BackendUnderTest, steps: readonly Step[]): Promise<void> {
  const model: Model = new Map();
  let clients: Backend[] = [store.backend, await store.another()];
  for (const one of steps) {
    const series = clients.map((backend) => backend.series);
    if (one.do === 'reopen') clients = [await store.reopen(), await store.another()];
    else await runStep(one, series, model);
    for (const backend of clients) await compare(backend.series, model);
  }
}

async function runStep(step: Exclude<Step, { do: 'reopen' }>, series: readonly SeriesStore[], model: Model): Promise<void> {
  const [first, second] = series as [SeriesStore, SeriesStore];
  const later = Date.now() / 1000 + 2 * 86_400;
  switch (step.do) {
    case 'append':
      await append(series[step.client]!, step.points);
      return write(model, step.points);
    case 'together': {
      // Each client has metrics of its own, so that the order between them does not matter.
      const [some, others] = [0, 1].map((half) => step.points.filter(([name]) => metrics.indexOf(name) % 2 === half)) as [Point[], Point[]];
      const batches = [await batchOf(first, some), await batchOf(first, some.slice(0, 2)), await batchOf(second, others)];
      await Promise.all([first.append(batches[0]!), first.append(batches[1]!), second.append(batches[2]!), step.maintain ? maintainAll(second, later) : null, first.read(metrics, { from: 0, until: 2 ** 32 })]);
      return write(model, [...some, ...some.slice(0, 2), ...others]);
    }
    case 'maintain':
      return maintainAll(series[step.client]!, later);
    case 'remove': {
      const there = new Set(step.metrics.filter((name) => model.has(name)));
      expect(await series[step.client]!.remove(step.metrics)).toBe(there.size);
      for (const name of there) model.delete(name);
    }
  }
}

function write(model: Model, points: readonly Point[]): void {
  for (const [name, at, value] of points) {
    const series = model.get(name) ?? new Map<number, number>();
    model.set(name, series.set(at, value));
  }
}

async function compare(series: SeriesStore, model: Model): Promise<void> {
  const expected = metrics.map((name) => [...(model.get(name) ?? [])].sort(([a], [b]) => a - b));
  expect(await pairs(series, metrics)).toEqual(expected);
  expect(await allNames(series)).toEqual([...model.keys()].sort());
  const window = { from: base + 7.5, until: base + 2000 };
  expect(await pairs(series, metrics, window)).toEqual(expected.map((some) => some.filter(([at]) => at >= window.from && at < window.until)));
  const spans = await series.spans(metrics);
  expect(spans).toEqual(metrics.map((name, i) => ({ metric: name, firstTimestamp: expected[i]![0]?.[0] ?? null, lastTimestamp: expected[i]!.at(-1)?.[0] ?? null })));
}
