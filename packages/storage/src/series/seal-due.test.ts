import { describe, expect, it } from 'vitest';
import { dueMinute, type LogExtent } from './seal-due.js';

const hour = 470_000 * 3600;
const minute = hour / 60;
const head = (change: Partial<LogExtent>): LogExtent => ({ isEmpty: false, logBytes: 1000, firstMinute: minute, ...change });

describe('a shard\'s log', () => {
  it('that is empty is never due', () => {
    expect(dueMinute(head({ isEmpty: true }), 0, hour + 1e6)).toBeNull();
  });

  it('is due as a whole some minutes after the hour, not within it', () => {
    expect(dueMinute(head({}), 0, hour + 3599)).toBeNull();
    expect(dueMinute(head({}), 0, hour + 3600 + 240)).toBeNull();
    expect(dueMinute(head({}), 0, hour + 3600 + 300)).toBe(Infinity);
    expect(dueMinute(head({ firstMinute: minute + 60 }), 0, hour + 3600 + 300)).toBeNull();
  });

  it('waits a little longer in some shards than in others', () => {
    const dueAt = (shard: number): number => Array.from({ length: 30 }, (_, i) => i).find((i) => dueMinute(head({}), shard, hour + 3600 + i * 60) !== null)!;
    expect(new Set(Array.from({ length: 64 }, (_, shard) => dueAt(shard)))).toEqual(new Set([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]));
  });

  it('that is large is due within the hour but for its last minutes, one that is huge at once', () => {
    expect(dueMinute(head({ logBytes: 4 * 2 ** 20 }), 0, hour + 600)).toBe(minute + 7);
    expect(dueMinute(head({ logBytes: 4 * 2 ** 20 }), 0, hour + 60)).toBeNull();
    expect(dueMinute(head({ logBytes: 16 * 2 ** 20 }), 0, hour + 60)).toBe(Infinity);
  });

  it('is due when its minutes lie in the future: the clock was put back', () => {
    expect(dueMinute(head({}), 0, hour - 7200)).toBe(Infinity);
    expect(dueMinute(head({}), 0, hour - 30)).toBeNull();
  });
});
