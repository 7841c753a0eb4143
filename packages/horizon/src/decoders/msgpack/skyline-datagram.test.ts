import fc from 'fast-check';
import { pack, unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { createRecordingSink } from '../../../oracle/recording-sink.js';
import { decodeSkylineDatagram } from './skyline-datagram.js';

function decode(...parts: readonly (Uint8Array | readonly number[] | string)[]): readonly unknown[] {
  const sink = createRecordingSink();
  decodeSkylineDatagram(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part)))), sink);
  return sink.items;
}

/** `["a", [5, VALUE]]` */
const withValue = (...value: readonly number[]): number[] => [0x92, 0xa1, 0x61, 0x92, 5, ...value];
const point = (value: number): unknown => ({ metric: 'a', timestamp: 5, value });
const float64 = (value: number): number[] => {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(value, 1);
  return [...bytes];
};

describe('decodeSkylineDatagram', () => {
  it('reads a point, and an array of points', () => {
    expect(decode(pack(['web.1.cpu', [1700000000, 0.5]]))).toEqual([{ metric: 'web.1.cpu', timestamp: 1700000000, value: 0.5 }]);
    expect(decode(pack(['a', [[5, 1], [5, 2]]]))).toEqual([point(1), point(2)]);
  });

  it('reads several values one after the other', () => {
    expect(decode(withValue(1), withValue(2), [0xc1], withValue(3))).toEqual([point(1), point(2), { rejected: 'syntax', offset: 12, bytes: 7 }]);
  });

  it.each([
    [[0x7f], 127], [[0xff], -1], [[0xe0], -32], [[0xcc, 0xff], 255], [[0xcd, 1, 0], 256], [[0xce, 0xff, 0xff, 0xff, 0xff], 4294967295], [[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2 ** 64],
    [[0xd0, 0x80], -128], [[0xd1, 0x80, 0], -32768], [[0xd2, 0x80, 0, 0, 0], -(2 ** 31)], [[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], -(2 ** 63)], [[0xd3, 0, 0x20, 0, 0, 0, 0, 0, 3], 2 ** 53 + 4],
    [[0xca, 0x3f, 0x80, 0, 0], 1], [float64(-0.1), -0.1],
  ])('reads the number %j', (bytes, value) => {
    expect(decode(withValue(...bytes))).toEqual([point(value)]);
  });

  it.each([
    [withValue(...float64(NaN)), 'nan'], [withValue(...float64(Infinity)), 'bad-value'], [withValue(0xca, 0x7f, 0xc0, 0, 0), 'nan'], [withValue(0xc0), 'bad-value'], [withValue(0xc3), 'bad-value'], [withValue(0xa1, 0x31), 'bad-value'], [withValue(0xd4, 1, 2), 'bad-value'],
    [withValue(0x91, 1), 'bad-value'], [withValue(0x81, 1, 2), 'bad-value'], [[0x92, 0xa1, 0x61, 0x92, 0xc0, 1], 'bad-timestamp'], [[0x92, 0xa1, 0x61, 0x92, ...float64(NaN), 1], 'bad-timestamp'], [[0x92, 5, 0x92, 5, 1], 'bad-name'],
    [[0x92, 0xa1, 0xff, 0x92, 5, 1], 'not-utf8'], [[0x92, 0xa1, 0x61, 0x91, 5], 'syntax'], [[0x92, 0xa1, 0x61, 0x90], 'syntax'], [[0x92, 0xa1, 0x61, 5], 'syntax'], [[0x91, 0xa1, 0x61], 'syntax'], [[0x93, 0xa1, 0x61, 0x92, 5, 1, 1], 'syntax'],
    [[0x90], 'syntax'], [[0x80], 'syntax'], [[0x05], 'syntax'], [[0xc1], 'syntax'], [[0xc7, 1, 5, 0], 'syntax'], [[0x92, 0xa3, 0x61, 0x3b, 0x62, 0x92, 5, 1], 'bad-name'],
    [[0x92, 0xa1, 0x61, 0x92, 5], 'incomplete'], [[0x92], 'incomplete'], [[0xdd, 0, 0], 'incomplete'], [[0xd9, 5, 0x61], 'incomplete'], [[0xcb, 0], 'incomplete'],
    [[0xdd, 0xff, 0xff, 0xff, 0xff], 'hostile'], [[0xdf, 0xff, 0xff, 0xff, 0xff], 'hostile'], [[0xdb, 0xff, 0xff, 0xff, 0xff], 'hostile'], [[0xc6, 0xff, 0xff, 0xff, 0xff], 'hostile'], [[0xc9, 0xff, 0xff, 0xff, 0xff, 0], 'hostile'], [[0xdc, 0x27, 0x11], 'hostile'],
    [Array<number>(9).fill(0x91), 'hostile'],
  ] as const)('rejects %j as %s', (bytes, rejected) => {
    expect(decode(bytes)).toEqual([{ rejected, offset: 0, bytes: bytes.length }]);
  });

  it('looks no deeper than 8 levels', () => {
    for (const [length, byte] of [[2_000_000, 0x91], [60_000, 0x81]] as const) expect(decode(Buffer.alloc(length, byte))).toEqual([{ rejected: 'hostile', offset: 0, bytes: length }]);
    expect(decode([...Array<number>(8).fill(0x91), 5])).toEqual([{ rejected: 'syntax', offset: 0, bytes: 9 }]);
  });

  it('rejects bad points of an array one by one', () => {
    expect(decode([0x92, 0xa1, 0x61, 0x93, 0x92, 5, 1, 0x91, 5, 0x92, 5, 0xc0])).toEqual([point(1), { rejected: 'syntax', offset: 0, bytes: 12 }, { rejected: 'bad-value', offset: 0, bytes: 12 }]);
  });

  it('takes names as str or bin, in UTF-8, with tags sorted', () => {
    expect(decode([0x92, 0xc4, 1, 0x61, 0x92, 5, 1])).toEqual([point(1)]);
    expect(decode(pack(['ünï', [5, 1]]), pack(['m;b=1;a=2', [5, 1]]), pack(['m;a=2;b=1', [5, 1]]))).toEqual(['ünï', 'm;a=2;b=1', 'm;a=2;b=1'].map((metric) => ({ metric, timestamp: 5, value: 1 })));
  });

  it('agrees with msgpackr on whatever msgpackr packs', () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !text.includes(';'));
    fc.assert(
      fc.property(name, fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 40 }), (metric, points) => {
        const bytes = pack([metric, points]);
        const [, unpacked] = unpack(bytes) as [string, [number, number][]];
        expect(decode(bytes)).toEqual(unpacked.map(([timestamp, value]) => ({ metric, timestamp, value })));
      }),
    );
  });

  it('reads any garbage without throwing, every byte accounted for', () => {
    const noise = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.array(fc.constantFrom(0x90, 0x91, 0x92, 0x93, 0x81, 0xa1, 0x61, 5, 0xc0, 0xcb, 0xdc, 0, 0xff, 0xd9), { maxLength: 40 }));
    fc.assert(
      fc.property(noise, (bytes) => {
        expect(decode(bytes).length > 0).toBe(bytes.length > 0);
      }),
      { numRuns: 5000 },
    );
  });
});
