import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutJson, cutJsonLines } from './cut-json.js';

/** Copies: a piece is good until the next is asked for. */
const pieces = (text: string, pieceBytes: number, cut = cutJson): string[] => Array.from(cut(Buffer.from(text), pieceBytes), (piece) => Buffer.from(piece).toString());

/** The items a reader of all pieces would see: points of a series one by one. */
function itemsOf(texts: readonly string[]): unknown[] {
  return texts.flatMap((text) => [JSON.parse(text) as unknown].flat().flatMap(flattened));
}

function flattened(item: unknown): unknown[] {
  const series = item as { metric?: unknown; timestamps?: unknown[]; values?: unknown[] } | null;
  if (!Array.isArray(series?.timestamps)) return [item];
  return series.timestamps.map((timestamp, index) => ({ metric: series.metric, timestamp, value: series.values?.[index] }));
}

const anyName = fc.string({ unit: 'binary', maxLength: 12 });
const point = fc.record({ metric: anyName, timestamp: fc.integer(), value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) });
const columns = fc.tuple(anyName, fc.array(fc.tuple(fc.integer(), fc.integer()), { maxLength: 60 })).map(([metric, points]) => ({ metric, timestamps: points.map(([time]) => time), values: points.map(([, value]) => value) }));

describe('cutJson', () => {
  it('holds the same items in the same order, whatever the size of a piece', () => {
    fc.assert(fc.property(fc.array(fc.oneof(point, columns, fc.jsonValue()), { maxLength: 30 }), fc.integer({ min: 60, max: 400 }), fc.constantFrom(undefined, 2), (items, pieceBytes, indent) => {
      // An element that is neither a point nor a series may be replaced by null when it is long; keep those short here.
      const body = items.filter((item) => typeof item === 'object' && item !== null && 'metric' in item);
      expect(itemsOf(pieces(JSON.stringify(body, null, indent), pieceBytes)).map((item) => JSON.stringify(item))).toEqual(body.flatMap(flattened).map((item) => JSON.stringify(item)));
    }));
  });

  it('leaves a short body alone', () => {
    expect(pieces(' [ {"a": 1} ] ', 100)).toEqual([' [ {"a": 1} ] ']);
  });

  it('keeps pieces near the size asked for, even of one long series', () => {
    const series = { metric: 'm"é', timestamps: Array.from({ length: 50_000 }, (_, index) => 1_700_000_000 + index), values: Array.from({ length: 50_000 }, (_, index) => index / 8) };
    for (const body of [series, [series, series]]) {
      const cut = pieces(JSON.stringify(body), 10_000);
      expect(Math.max(...cut.map((piece) => piece.length))).toBeLessThan(10_200);
      expect(itemsOf(cut).length).toBe(Array.isArray(body) ? 100_000 : 50_000);
    }
  });

  it('replaces what is long and no series by one unusable item', () => {
    expect(pieces(JSON.stringify([{ metric: 'a' }, 'x'.repeat(1000), { metric: 'b' }]), 20)).toEqual(['[{"metric":"a"}]', '[null]', '[{"metric":"b"}]']);
    expect(pieces(JSON.stringify({ metric: 'm', timestamps: 'x'.repeat(1000), values: [] }), 20)).toEqual(['[null]']);
    expect(pieces(`${JSON.stringify({ metric: 'm', timestamps: Array(100).fill(1), values: Array(100).fill(1) })} 1`, 20)).toEqual(['[null]']);
    const uneven = pieces(JSON.stringify({ metric: 'm', timestamps: Array(100).fill(1), values: Array(90).fill(1) }), 20);
    expect(uneven.at(-1)).toBe('[null]');
  });

  it('ends in a piece that is no JSON where the body is none', () => {
    const good = JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ metric: `m${index}`, timestamp: 1, value: 1 })));
    for (const bad of [good.slice(0, -1), good.slice(0, -5), `${good}x`, `${good.slice(0, -1)},]`, good.replace('},{"metric":"m50"', '} {"metric":"m50"'), `${good}[]`, `{"a":${good}`, `{"a":{"b":${good}}`, `"${'x'.repeat(300)}`, `[,${good.slice(1)}`, '"'.repeat(301)]) {
      const readable = pieces(bad, 100).every((piece) => {
        try {
          JSON.parse(piece);
          return true;
        } catch {
          return false;
        }
      });
      expect(readable, bad.slice(-40)).toBe(false);
    }
  });
});

describe('cutJsonLines', () => {
  it('cuts at line ends and takes a long line apart', () => {
    const lines = [...Array.from({ length: 40 }, (_, index) => `{"metric":"m${index}","timestamp":1,"value":2}`), JSON.stringify({ metric: 'long', timestamps: Array(200).fill(3), values: Array(200).fill(4) }), '{"metric":"z","timestamp":1,"value":2}'];
    const cut = pieces(`${lines.join('\n')}\n`, 100, cutJsonLines).filter((piece) => piece.trim() !== '');
    expect(itemsOf(cut.flatMap((piece) => piece.split('\n')).filter((line) => line !== '')).length).toBe(241);
    expect(Math.max(...cut.map((piece) => piece.length))).toBeLessThan(200);
  });
});
