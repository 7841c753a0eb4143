import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, compileRegex } from './compile-matcher.js';
import { createNameTable, fold } from './name-table.js';
import { requiredByGlob, requiredByRegex } from './required-text.js';

const letters = fc.constantFrom('a', 'b', 'A', 'B', '.', '-', '0', '7', 'é', 'ß', 'İ', 'ŉ', '日', '😀');
const text = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(''));
const names = fc.uniqueArray(fc.array(letters, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('')), { maxLength: 40 });
const isSubsequence = (wanted: string, name: string): boolean => {
  const units = fold(wanted);
  let next = 0;
  for (let i = 0; i < name.length; i += 1) if (fold(name)[i] === units[next]) next += 1;
  return next === units.length;
};

describe('a table of names', () => {
  it('finds by its bytes what looking at each name finds', () => {
    fc.assert(fc.property(names, text, (given, wanted) => {
      const table = createNameTable(given);
      const plainly = (holds: (name: string) => boolean): number[] => given.flatMap((name, place) => (holds(name) ? [place] : []));
      const holding = table.holding(wanted);
      if (wanted === '') expect(holding).toBeNull();
      else if (holding !== null) expect([...holding]).toEqual(plainly((name) => fold(name).includes(fold(wanted))));
      expect([...table.scattered(wanted)]).toEqual(plainly((name) => isSubsequence(wanted, name)));
    }), { numRuns: 1000 });
  });

  it('gives a scan up where nearly every name is a hit', () => {
    expect(createNameTable(Array.from({ length: 5000 }, (_, i) => `web.${i}`)).holding('WEB')).toBeNull();
    expect(createNameTable(Array.from({ length: 5000 }, (_, i) => `web.${i}`)).holding('4999')).toEqual(Uint32Array.of(4999));
  });
});

describe('the text a pattern requires', () => {
  const name = fc.array(fc.constantFrom('a', 'b', 'c', '.', '1', '+'), { maxLength: 14 }).map((parts) => parts.join(''));

  it('is in every name that a glob means', () => {
    const glob = fc.array(fc.constantFrom('a', 'b', 'c', '.', '*', '?', '[ab]', '[!a]', '{a,b}', '{a,{b,c}}', '1', 'ab'), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(fc.property(glob, name, (pattern, one) => {
      if (compileGlob(pattern)(one)) expect(fold(one)).toContain(fold(requiredByGlob(pattern)));
    }), { numRuns: 5000 });
    expect(requiredByGlob('web.*.{cpu,load}.total')).toBe('.total');
  });

  it('is in every name that a regular expression finds', () => {
    const regex = fc.array(fc.constantFrom('a', 'b', 'ab', 'c', '\\.', '.', '.*', 'a*', 'b?', 'c+', 'a{2}', 'b{0,2}', '[ab]', '[^a]', '(ab)', '(a|b)', '(ab)?', '(?:a)', '\\d', '\\+', '^', '$', '|', '(?i)b', '\\x61', '\\Qa.b\\E', '[[:alpha:]]'), { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
    fc.assert(fc.property(regex, name, fc.boolean(), (pattern, one, anyCase) => {
      let matches;
      try {
        matches = compileRegex(`/${pattern}/${anyCase ? 'i' : ''}`);
      } catch {
        return;
      }
      if (matches(one)) expect(fold(one)).toContain(fold(requiredByRegex(pattern)));
    }), { numRuns: 5000 });
    expect(requiredByRegex('^node-0012[0-9].*bytes')).toBe('node-0012');
    expect(requiredByRegex('a|b')).toBe('');
  });
});
