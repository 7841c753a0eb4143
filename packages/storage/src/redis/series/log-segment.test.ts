import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gathered } from '../../series/columns.js';
import { gatherRecord } from '../../series/log-record.js';
import { scatter } from '../../series/scatter.js';
import { recordOf, recordSize, visitRecords } from './log-segment.js';

type Point = readonly [handle: number, timestamp: number, value: number];
const timestamp = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.double({ min: 0.001, max: 2 ** 32 - 1, noNaN: true }));
const points: fc.Arbitrary<Point[]> = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), timestamp, fc.double({ noNaN: true, noDefaultInfinity: true })), { minLength: 1, maxLength: 20 });
const idOfHandle = Uint32Array.from({ length: 10 }, (_, handle) => handle + 100);

function record(some: readonly Point[]): Buffer {
  const batch = { handles: Uint32Array.from(some, ([handle]) => handle), timestamps: Float64Array.from(some, ([, at]) => at), values: Float64Array.from(some, ([, , value]) => value), length: some.length };
  return recordOf(scatter(batch, new Uint16Array(10), 1)[0]!, idOfHandle);
}

/** What a segment holds, and how many bytes of it are no record. */
function read(bytes: Uint8Array, isWhole = true): { found: number[][]; damaged: number; end: number } {
  const into = gathered();
  let damaged = 0;
  const slotOf = Uint32Array.from({ length: 200 }, (_, id) => id + 1);
  const end = visitRecords(bytes, isWhole, { record: (one) => gatherRecord(one, slotOf, { from: 0, until: Infinity }, into), damaged: (_at, length) => void (damaged += length) });
  return { found: Array.from({ length: into.length }, (_, i) => [into.slots[i]! - 100, into.timestamps[i]!, into.values[i]!]), damaged, end };
}

const plain = (records: readonly (readonly Point[])[]): number[][] => records.flat().map((point) => [...point]);

describe('a segment of the log', () => {
  it('gives back its records in order, wherever its bytes lie in memory', () => {
    fc.assert(fc.property(fc.array(points, { maxLength: 5 }), fc.integer({ min: 0, max: 7 }), (records, shift) => {
      const bytes = Buffer.concat([Buffer.alloc(shift), ...records.map(record)]).subarray(shift);
      expect(read(bytes)).toEqual({ found: plain(records), damaged: 0, end: bytes.length });
    }));
  });

  it('gives back the records around what is not one, and nothing else', () => {
    fc.assert(fc.property(fc.array(points, { maxLength: 3 }), fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.array(points, { maxLength: 3 }), (before, junk, after) => {
      const bytes = Buffer.concat([...before.map(record), Buffer.from(junk), ...after.map(record)]);
      expect(read(bytes)).toEqual({ found: plain([...before, ...after]), damaged: junk.length, end: bytes.length });
    }));
  });

  it('serves no record with a bit flipped', () => {
    fc.assert(fc.property(points, points, fc.nat(), (damaged, sound, nat) => {
      const bytes = Buffer.concat([record(damaged), record(sound)]);
      const bit = nat % (8 * record(damaged).length);
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      expect(read(bytes)).toMatchObject({ found: plain([sound]), damaged: record(damaged).length });
    }));
  });

  it('in pieces leaves a record that goes on beyond one for the next', () => {
    fc.assert(fc.property(points, points, fc.nat(), (first, second, nat) => {
      const [one, two] = [record(first), record(second)];
      const cut = one.length + (nat % two.length);
      const piece = Buffer.concat([one, two]).subarray(0, cut);
      expect(read(piece, false)).toMatchObject({ found: plain([first]), end: cut - one.length >= 16 || cut === one.length ? one.length : expect.any(Number) as number });
      expect(recordSize(one, 0)).toBe(one.length);
    }));
  });
});
