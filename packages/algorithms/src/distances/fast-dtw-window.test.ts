import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveWiden } from '../../oracle/naive-distances.js';
import { widenedBy } from './fast-dtw-window.js';
import type { WarpWindow } from './warp.js';

function cellsOf({ low, high }: WarpWindow): Set<string> {
  return new Set([...low].flatMap((from, i) => Array.from({ length: high[i]! - from + 1 }, (_, k) => `${i},${from + k}`)));
}

/** All rows between the lowest and the highest cell of each column. */
function filled(cells: ReadonlySet<string>, columns: number): Set<string> {
  const rows = Array.from({ length: columns }, (): number[] => []);
  for (const cell of cells) rows[Number(cell.split(',')[0])]!.push(Number(cell.split(',')[1]));
  return cellsOf({ low: Int32Array.from(rows, (list) => Math.min(...list)), high: Int32Array.from(rows, (list) => Math.max(...list)) });
}

const windows = fc.integer({ min: 1, max: 14 }).chain((rows) => fc.tuple(
  fc.constant(rows),
  fc.array(fc.tuple(fc.nat(rows - 1), fc.nat(rows - 1)), { minLength: 1, maxLength: 14 }),
));

describe('widening a window', () => {
  it('equals letting every cell mark its eight neighbours', () => {
    fc.assert(fc.property(windows, fc.integer({ min: 1, max: 16 }), ([rows, ranges], distance) => {
      const window = { low: Int32Array.from(ranges, ([a, b]) => Math.min(a, b)), high: Int32Array.from(ranges, ([a, b]) => Math.max(a, b)) };
      const expected = filled(naiveWiden(cellsOf(window), ranges.length, rows, distance), ranges.length);
      expect([...cellsOf(widenedBy(window, rows, distance))].sort()).toEqual([...expected].sort());
    }), { numRuns: 500 });
  });
});
