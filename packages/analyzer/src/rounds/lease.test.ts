import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMovedClock, openTestStore, type TestStore } from '../../contract/store-for-tests.js';
import { holdLease } from './lease.js';

describe('holdLease', () => {
  let store: TestStore;
  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store.close());

  it('never begins under a token that was held before: what was given up under it may still arrive', async () => {
    const { state } = store.backend;
    const options = { state, clock: createMovedClock(0), holder: 'me' };
    const request = { lease: 'analyzer/shard-0', signal: new AbortController().signal };
    const first = (await holdLease(options, { ...request, spent: undefined }))!;
    // Giving it back failed, on the way.
    const second = (await holdLease(options, { ...request, spent: first.fence.token }))!;
    expect(second.fence.token).toBeGreaterThan(first.fence.token);
    await expect(state.set('analyzer/rounds/0', 'late', null, first.fence)).rejects.toThrow('lease');
    await state.set('analyzer/rounds/0', 'in time', null, second.fence);
  });
});
