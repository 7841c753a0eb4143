import { describe, expect, it } from 'vitest';
import { curveLength, emptyCurve, presets, readCurve, stroked, textOf } from './curve.js';

describe('a drawn curve', () => {
  it('comes back from the address as it went in', () => {
    const drawn = stroked(stroked(emptyCurve, [0.2, 0], [0.8, 1], false), [0.4, 0], [0.5, 0], true);
    for (const curve of [drawn, ...presets.map((preset) => preset.curve)]) expect(readCurve(textOf(curve))).toEqual(curve);
    expect(textOf(emptyCurve)).toBeNull();
  });

  it('is none where the address holds something else', () => {
    for (const text of [null, '', '1.2.3', Array(curveLength).fill('x').join('.'), Array(curveLength).fill('-1').join('.')]) expect(readCurve(text)).toBeNull();
  });

  it('takes strokes in either direction, and forgets what is erased', () => {
    const there = stroked(emptyCurve, [0, 0.5], [1, 1], false);
    expect(stroked(emptyCurve, [1, 1], [0, 0.5], false)).toEqual(there);
    expect([there[0], there.at(-1)]).toEqual([0.5, 1]);
    expect(stroked(there, [0, 0], [1, 0], true)).toEqual(emptyCurve);
  });
});
