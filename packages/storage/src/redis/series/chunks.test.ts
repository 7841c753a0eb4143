import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkOf, decodeChunk, encodeChunk, idsPerChunk } from './chunks.js';

const place = { shard: 3, hour: 470_000, chunk: 7 };
const entries = fc.uniqueArray(fc.integer({ min: 0, max: idsPerChunk - 1 }), { minLength: 1, maxLength: idsPerChunk }).chain((slots) =>
  fc.tuple(...slots.sort((a, b) => a - b).map((slot) => fc.uint8Array({ maxLength: 40 }).map((block) => ({ id: place.chunk * idsPerChunk + slot, block })))));

describe('a chunk', () => {
  it('gives back the blocks of its ids', () => {
    fc.assert(fc.property(entries, (given) => {
      const decoded = decodeChunk(place, encodeChunk(place, given));
      expect(decoded?.map(({ id, block }) => [id, [...block]])).toEqual(given.map(({ id, block }) => [id, [...block]]));
      expect(decoded?.every(({ id }) => chunkOf(id) === place.chunk)).toBe(true);
    }));
  });

  it('is none with any bit flipped, cut short, or in another place', () => {
    fc.assert(fc.property(entries, fc.nat(), (given, nat) => {
      const bytes = encodeChunk(place, given);
      const flipped = Buffer.from(bytes);
      const bit = nat % (8 * bytes.length);
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      expect(decodeChunk(place, flipped)).toBeNull();
      expect(decodeChunk(place, bytes.subarray(0, nat % bytes.length))).toBeNull();
      for (const other of [{ ...place, shard: 4 }, { ...place, hour: 1 }, { ...place, chunk: 8 }]) expect(decodeChunk(other, bytes)).toBeNull();
    }));
  });

  it('of junk is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (junk) => {
      expect(decodeChunk(place, Buffer.from(junk))).toBeNull();
    }));
  });
});
