import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchesOf } from './name-tree.js';

const segment = fc.constantFrom('a', 'b', 'a-b', 'a/b', '', 'ab', 'é');
const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'));

/** Every name taken apart. */
function slowly(names: readonly string[], prefix: string) {
  const stem = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
  const below = names.filter((one) => one.startsWith(stem) && (stem !== '' || true)).map((one) => one.slice(stem.length).split('.'));
  const segments = [...new Set(below.map(([first]) => first!))].sort();
  return segments.map((one) => {
    const its = below.filter(([first]) => first === one);
    return { segment: one, metrics: its.length, leaf: its.some(({ length }) => length === 1) };
  });
}

describe('branchesOf', () => {
  it('is what taking every name apart gives', () => {
    fc.assert(fc.property(fc.uniqueArray(name, { maxLength: 40 }), fc.oneof(fc.constant(''), name), (names, prefix) => {
      const sorted = [...names].sort();
      expect(branchesOf(sorted, prefix)).toEqual(slowly(sorted, prefix));
    }), { numRuns: 1000 });
  });
});
