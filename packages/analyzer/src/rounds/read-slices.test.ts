import type { SeriesStore } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMovedClock, openTestStore, quietSeries, type TestStore } from '../../contract/store-for-tests.js';
import { readSlices } from './read-slices.js';

const now = 1_680_000_000;

describe('readSlices', () => {
  let store: TestStore;
  beforeEach(async () => {
    store = await openTestStore();
    for (const metric of ['a', 'b', 'c']) await store.append(quietSeries(metric, { from: now - 600, until: now }));
  });
  afterEach(() => store.close());

  it('names what cannot be read first, and then gives all the others at once', async () => {
    const { series } = store.backend;
    const damaged: Pick<SeriesStore, 'read'> = {
      async read(metrics, window) {
        if (metrics.includes('b')) throw new Error('bad checksum');
        return series.read(metrics, window);
      },
    };
    const slices: unknown[] = [];
    for await (const slice of readSlices({ ...series, ...damaged }, ['a', 'b', 'c'], { from: 0, until: now }, createMovedClock(now))) {
      slices.push('unreadable' in slice ? `not ${slice.unreadable}` : slice.series.map(({ metric }) => metric));
    }
    expect(slices).toEqual(['not b', ['a', 'c']]);
  });
});
