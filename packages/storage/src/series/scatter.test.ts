import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gathered } from './columns.js';
import { gatherRecord, largestId, readLogRecord } from './log-record.js';
import { scatter } from './scatter.js';

const always = { from: -Infinity, until: Infinity };

describe('a batch', () => {
  it('is split by shard into log records that hold every datapoint, in order, exactly', () => {
    const timestamp = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.double({ min: 0.001, max: 2 ** 32 - 1, noNaN: true }));
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), timestamp, fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 80 }), (points) => {
      const shardOfHandle = Uint16Array.from({ length: 10 }, (_, handle) => handle % 3);
      const batch = { handles: Uint32Array.from(points, ([handle]) => handle), timestamps: Float64Array.from(points, ([, at]) => at), values: Float64Array.from(points, ([, , value]) => value), length: points.length };
      const parts = scatter(batch, shardOfHandle, 3);
      for (let shard = 0; shard < 3; shard += 1) {
        const own = points.filter(([handle]) => handle % 3 === shard);
        const part = parts.find((one) => one.shard === shard);
        expect(part?.count ?? 0).toBe(own.length);
        if (!part) continue;
        const record = readLogRecord(part.bytes.subarray(0, -4))!;
        expect(record.layout).toBe(own.every(([, at]) => Number.isInteger(at)) ? 1 : 2);
        expect(largestId(record)).toBe(Math.max(...own.map(([handle]) => handle)));
        const into = gathered();
        gatherRecord(record, Uint32Array.from({ length: 10 }, (_, id) => id + 1), always, into);
        const read = Array.from({ length: into.length }, (_, i) => [into.slots[i]!, into.timestamps[i]!, into.values[i]!]);
        expect(read).toEqual(own.map((point) => [...point]));
      }
    }));
  });

  it('of bytes that are no record is none', () => {
    expect(readLogRecord(new Uint8Array(0))).toBeUndefined();
    expect(readLogRecord(new Uint8Array(16))).toBeUndefined();
    expect(readLogRecord(new Uint8Array(Uint32Array.of(1, 0, 2, 0, 1, 1, 0, 0).buffer))).toBeUndefined();
    expect(readLogRecord(new Uint8Array(Uint32Array.of(3, 0, 0, 0).buffer))).toBeUndefined();
  });
});
