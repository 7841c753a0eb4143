import { describe, expect, it } from 'vitest';
import { type RoundRecord, summarise } from './round-record.js';

const record = (slot: number, overrides: Partial<RoundRecord> = {}): RoundRecord => ({ slot, series: 5, anomalies: 1, started: slot * 60 + 2, finished: slot * 60 + 3, skipped: 0, coalesced: 0, flagged: {}, ...overrides });
const context = { slot: 10, shards: 2, intervalSeconds: 60 };

describe('the summary of a round', () => {
  it('is made once every shard has judged the slot', () => {
    expect(summarise(new Map([[0, record(10)]]), context)).toBeNull();
    expect(summarise(new Map([[0, record(10)], [1, record(9)]]), context)).toBeNull();
    expect(summarise(new Map([[0, record(10)], [1, record(10, { finished: 606 })]]), context)).toEqual({ slot: 10, series: 10, anomalies: 2, tookMs: 4000, late: false });
  });

  it('is late when it ended after the next slot was due', () => {
    expect(summarise(new Map([[0, record(10)], [1, record(10, { finished: 661 })]]), context)?.late).toBe(false);
    expect(summarise(new Map([[0, record(10)], [1, record(10, { finished: 663 })]]), context)?.late).toBe(true);
  });
});
