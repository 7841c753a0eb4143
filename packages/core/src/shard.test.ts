import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fnv1a, shardOf } from './shard.js';

it.each([['', 2166136261], ['a', 0xe40c292c], ['foobar', 0xbf9cf968]])('fnv1a of %j is as its authors publish it', (text, hash) => expect(fnv1a(text)).toBe(hash));

it('fnv1a hashes the bytes that TextEncoder writes, lone surrogates included', () => {
  const ofBytes = (text: string): number => new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 16777619) >>> 0, 2166136261);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 0, max: 0xffff })), (text, units) => {
    const any = text + String.fromCharCode(...units);
    expect(fnv1a(any)).toBe(ofBytes(any));
  }));
});

it('names spread over the shards', () => {
  const counts = new Array<number>(64).fill(0);
  for (let i = 0; i < 6400; i++) counts[shardOf(`web.${i}.latency`, 64)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(160);
});
