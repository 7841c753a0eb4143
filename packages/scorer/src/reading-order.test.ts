import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@skylark/core';
import type { AnomalyFinding, Backend, Clock } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReadingOrder } from './reading-order.js';

const now = 1_700_000_000;
const clock: Clock = { now: () => now, elapsedMs: () => performance.now(), sleep: async () => undefined };
const names = ['web.paris.host1.load', 'web.paris.host1.disk', 'web.paris.host2.load', 'web.oslo.host3.load', 'db.oslo.host9.rows', 'db.oslo.host8.rows', 'queue'];
const opened = {} as { folder: string; backend: Backend };

/** Anomalous from some seconds before now, for a minute. */
const finding = (metric: string, ago: number): AnomalyFinding => ({
  id: `${metric}-${ago}`, metric, kind: 'deviation', state: 'closed', start: now - ago, end: now - ago + 60, peak: now - ago, value: 9, score: 50, expected: null, votes: {}, detectors: [],
  explanation: 'far off', lastFlagged: now - ago + 60, updated: now - ago + 60,
});

beforeAll(async () => {
  opened.folder = await mkdtemp(join(tmpdir(), 'skylark-order-'));
  opened.backend = await openEmbedded({ folder: opened.folder, retentionSeconds: null, clock, logger: silentLogger, shards: 4 });
  const handles = await opened.backend.series.handles(names);
  await opened.backend.series.append({ handles, timestamps: new Float64Array(names.length).fill(now - 10), values: new Float64Array(names.length), length: names.length });
  await opened.backend.anomalies.record([finding('queue', 900), finding('queue', 400), finding('db.oslo.host9.rows', 500), finding('web.oslo.host3.load', 9000)]);
});

afterAll(async () => {
  await opened.backend.close();
  await rm(opened.folder, { recursive: true });
});

async function orderOf(metric: string | undefined, { atOnce = 3, excluded = '' } = {}): Promise<string[][]> {
  const batches: string[][] = [];
  const order = createReadingOrder({ series: opened.backend.series, log: opened.backend.anomalies });
  for await (const batch of order({ metric, window: { from: now - 1000, until: now }, accepts: (name) => name !== metric && name !== excluded, atOnce })) batches.push([...batch]);
  return batches;
}

describe('the order of reading', () => {
  it('is: who had anomalies then, who shares most of the name, the rest', async () => {
    const batches = await orderOf('web.paris.host1.load');
    expect(batches.flat().slice(0, 2).sort()).toEqual(['db.oslo.host9.rows', 'queue']);
    expect(batches.flat().slice(2, 4).sort()).toEqual(['web.paris.host1.disk', 'web.paris.host2.load']);
    expect(batches.flat().slice(4)).toEqual(['web.oslo.host3.load', 'db.oslo.host8.rows']);
  });

  it('has every series that is accepted once, for a curve too, in batches of at most so many', async () => {
    const batches = await orderOf(undefined, { excluded: 'db.oslo.host8.rows' });
    expect(batches.flat().sort()).toEqual(names.filter((name) => name !== 'db.oslo.host8.rows').sort());
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(3);
  });

  it('names an anomalous metric that is not accepted not at all', async () => {
    expect((await orderOf('web.paris.host1.load', { excluded: 'queue' })).flat().sort()).toEqual(names.filter((name) => name !== 'queue' && name !== 'web.paris.host1.load').sort());
  });
});
