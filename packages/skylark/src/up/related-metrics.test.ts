import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { euclidean, zNormalise } from '@skylark/algorithms';
import { type AnomalyFinding, type Backend, type SearchAnswer, type SearchRequest, type Series, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../system-clock.js';
import { createRelatedMetrics } from './related-metrics.js';

const folder = mkdtempSync(join(tmpdir(), 'skylark-related-'));
const minute = 60;
const from = 1_764_000_000;
const points = 60;
const until = from + points * minute;
let backend: Backend;

const column = (length: number, of: (i: number) => number): Float64Array => Float64Array.from({ length }, (_, i) => of(i));
/** Three hours before the window, and the window. */
const series = (metric: string, of: (i: number) => number): Series => ({ metric, timestamps: column(4 * points, (i) => until - (4 * points - i) * minute), values: column(4 * points, of) });
const noise = (i: number): number => ((i * 7919) % 101) / 50 - 1;
const step = (i: number): number => (i >= 3 * points + 30 ? 20 : 0);
const all = [
  series('leader', (i) => step(i) + noise(i)),
  series('alike', (i) => 500 + step(i) + 3 * noise(i + 7)),
  series('flagged', (i) => step(i) + noise(i + 13)),
  series('counter', (i) => 1000 * i),
  series('batch', (i) => (i % points >= 30 ? 20 : 0) + noise(i + 3)),
];
const anomaly = (id: string, metric: string): AnomalyFinding => ({
  id, metric, kind: 'deviation', state: 'open', start: from + 30 * minute, end: null, peak: from + 30 * minute, value: 20, score: 80, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: until, updated: until,
});

/** A search of these alone. */
const search = (_: SearchRequest): Promise<SearchAnswer> => {
  const values = (one: Series): number[] => Array.from(one.values.subarray(3 * points));
  const shape = (one: Series): Float64Array => zNormalise(Float64Array.from(values(one)))!;
  const match = (one: Series) => ({ metric: one.metric, source: 'live' as const, distance: euclidean(shape(one), shape(all[0]!)), from, until, values: values(one), lagSeconds: 0, sign: 1 as const });
  return Promise.resolve({ tookMs: 1, length: points, stages: [], query: { metric: 'leader', from, until, values: values(all[0]!) }, total: all.length, partial: null, matches: all.slice(1).map(match) });
};

beforeAll(async () => {
  backend = await openEmbedded({ folder, retentionSeconds: null, clock: systemClock, logger: silentLogger, shards: 2 });
  const handles = await backend.series.handles(all.map(({ metric }) => metric));
  for (const [i, { timestamps, values }] of all.entries()) {
    await backend.series.append({ handles: new Uint32Array(timestamps.length).fill(handles[i]!), timestamps, values, length: timestamps.length });
  }
  await backend.anomalies.record([anomaly('a', 'leader'), anomaly('b', 'flagged')]);
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

it('what moved alike is related; not what has an anomaly of its own, a counter, or a batch that runs every hour', async () => {
  const related = createRelatedMetrics({ log: backend.anomalies, series: backend.series, search });
  expect((await related('a', ['leader'])).map(({ metric }) => metric)).toEqual(['alike']);
  expect(await related('a', ['leader', 'alike'])).toEqual([]);
});

it('an incident is shown without where nothing can be searched', async () => {
  const related = createRelatedMetrics({ log: backend.anomalies, series: backend.series, search: () => Promise.reject(new Error('away')) });
  expect(await related('a', ['leader'])).toEqual([]);
});
