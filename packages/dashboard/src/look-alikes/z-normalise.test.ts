import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zNormalise } from './z-normalise.js';

describe('zNormalise', () => {
  it('forgets height and level', () => {
    expect(zNormalise([1, 3])).toEqual([-1, 1]);
    expect(zNormalise([10, 30, 20])).toEqual(zNormalise([1, 3, 2]));
  });

  it('makes a flat curve zeros, however high it lies', () => {
    expect(zNormalise([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
    expect(zNormalise([])).toEqual([]);
  });

  it('has mean 0 and deviation 1', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const shape = zNormalise(values);
        expect(shape.reduce((sum, value) => sum + value, 0) / shape.length).toBeCloseTo(0, 9);
        expect(shape.reduce((sum, value) => sum + value * value, 0) / shape.length).toBeCloseTo(1, 9);
      }),
    );
  });
});
