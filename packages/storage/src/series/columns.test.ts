import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bySlot, firstAtOrAfter, gathered, inOrder, mergeColumns, reserve, within, type Columns } from './columns.js';

const columnsOf = (pairs: readonly (readonly [number, number])[]): Columns => ({ timestamps: Float64Array.from(pairs, ([at]) => at), values: Float64Array.from(pairs, ([, value]) => value) });
const pairsOf = ({ timestamps, values }: Columns): [number, number][] => Array.from(timestamps, (at, i): [number, number] => [at, values[i]!]);
const sorted = (pairs: readonly (readonly [number, number])[]): [number, number][] => [...new Map(pairs)].sort(([a], [b]) => a - b);
const somePairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer()), { maxLength: 60 });

describe('columns', () => {
  it('are put in order as a map would, the last of equal timestamps kept', () => {
    fc.assert(fc.property(somePairs, (pairs) => {
      expect(pairsOf(inOrder(columnsOf(pairs)))).toEqual(sorted(pairs));
    }));
  });

  it('in order already are not copied', () => {
    const columns = columnsOf([[1, 1], [2, 2]]);
    expect(inOrder(columns)).toBe(columns);
  });

  it('are merged as a map would, the newer kept', () => {
    fc.assert(fc.property(somePairs, somePairs, (older, newer) => {
      expect(pairsOf(mergeColumns(columnsOf(sorted(older)), columnsOf(sorted(newer))))).toEqual(sorted([...sorted(older), ...sorted(newer)]));
    }));
  });

  it('are cut to a window that holds its start and not its end', () => {
    fc.assert(fc.property(somePairs, fc.double({ min: -5, max: 65, noNaN: true }), fc.double({ min: -5, max: 65, noNaN: true }), (pairs, from, until) => {
      const all = sorted(pairs);
      expect(pairsOf(within(columnsOf(all), from, until))).toEqual(all.filter(([at]) => at >= from && at < until));
    }));
    expect(firstAtOrAfter(Float64Array.of(1, 3, 5), 3)).toBe(1);
  });

  it('are split by slot in order of append, however many there are', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer()), { maxLength: 600 }), (entries) => {
      const into = gathered();
      reserve(into, entries.length);
      entries.forEach(([slot, value], i) => {
        into.slots[i] = slot;
        into.timestamps[i] = i;
        into.values[i] = value;
      });
      into.length = entries.length;
      bySlot(into, 5).forEach((columns, slot) => {
        expect(pairsOf(columns)).toEqual(entries.flatMap(([of, value], i) => (of === slot ? [[i, value]] : [])));
      });
    }));
  });
});
