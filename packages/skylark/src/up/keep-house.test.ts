import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnomalyFinding, type Backend, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import { keepHouse } from './keep-house.js';

const now = 1_764_000_000;
const day = 86_400;
const clock = manualClock(now);

function closed(id: string, end: number): AnomalyFinding {
  return { id, metric: 'a', kind: 'stopped', state: 'closed', start: end - 60, end, peak: end, value: 1, score: 50, expected: null, votes: {}, detectors: [], explanation: '', lastFlagged: end, updated: end };
}

describe('keepHouse', () => {
  let folder = '';
  let backend: Backend;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'skylark-house-'));
    backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: silentLogger, shards: 2 });
    await backend.anomalies.record([closed('lately', now - day), closed('two-years', now - 730 * day), closed('ten-years', now - 3650 * day)]);
  });
  afterEach(async () => {
    await backend.close();
    rmSync(folder, { recursive: true });
  });

  /** The anomalies left after one round of it. */
  async function kept(retentionSeconds: number | null, expectedShards = 2): Promise<string[]> {
    const stopping = new AbortController();
    let shards = 0;
    const series = {
      ...backend.series,
      shards: backend.series.shards,
      maintain: (shard: number, at: number) => {
        shards++;
        return backend.series.maintain(shard, at);
      },
    };
    const running = keepHouse({ series, log: backend.anomalies, state: backend.state, holder: 'me', retentionSeconds, clock: { ...clock, sleep: async () => stopping.abort() }, logger: silentLogger, signal: stopping.signal });
    await running;
    expect(shards).toBe(expectedShards);
    return (await backend.anomalies.query({ state: 'all', limit: 10 })).anomalies.map(({ id }) => id).sort();
  }

  it('forgets anomalies a year and more after their end', async () => expect(await kept(14 * day)).toEqual(['lately']));

  it('keeps them as long as the datapoints that explain them', async () => expect(await kept(1000 * day)).toEqual(['lately', 'two-years']));

  it('is left to the process that is at it', async () => {
    await backend.state.acquire('house', 'somebody-else', 30, now);
    expect(await kept(14 * day, 0)).toEqual(['lately', 'ten-years', 'two-years']);
  });

  it('keeps them for ever where datapoints are', async () => expect(await kept(null)).toEqual(['lately', 'ten-years', 'two-years']));
});
