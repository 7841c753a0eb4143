import { isSkylarkError } from '@skylark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMatcher, compileMatchers, maxPatternLength } from './compile-matcher.js';
import { globCharacters, globToRegex } from './glob.js';

const refusal = (pattern: string): string | null => {
  try {
    compileMatcher(pattern);
    return null;
  } catch (error) {
    if (!isSkylarkError(error, 'bad-pattern')) throw error;
    return error.detail;
  }
};

/** A glob of `*`, `?` and letters, by trying every split. */
function naiveGlob(glob: string, name: string): boolean {
  if (glob === '') return name === '';
  if (glob[0] === '*') return naiveGlob(glob.slice(1), name) || (name !== '' && naiveGlob(glob, name.slice(1)));
  return name !== '' && (glob[0] === '?' || glob[0] === name[0]) && naiveGlob(glob.slice(1), name.slice(1));
}

describe('compileMatcher', () => {
  it.each([
    ['web.cpu', 'web.cpu', true],
    ['web.cpu', 'web.cpux', false],
    ['web.cpu', 'webxcpu', false],
    ['*', '', true],
    ['*', 'a.b.c', true],
    ['web.*', 'web.a.b', true],
    ['web.*', 'xweb.a', false],
    ['web?', 'web1', true],
    ['web?', 'web', false],
    ['web?', 'web.', true],
    ['web[0-3]', 'web2', true],
    ['web[0-3]', 'web4', false],
    ['web[!0-3]', 'web4', true],
    ['web[^0-3]', 'web3', false],
    ['web[]]', 'web]', true],
    ['web[!]]', 'web]', false],
    ['a[*]b', 'a*b', true],
    ['a[*]b', 'axb', false],
    ['a[\\d]', 'a1', false],
    ['a[\\d]', 'a\\', true],
    ['a[.^]', 'a^', true],
    ['{web,db}.cpu', 'db.cpu', true],
    ['{web,db}.cpu', 'web,db.cpu', false],
    ['a{b,c{d,e?}}', 'acex', true],
    ['a{b,}', 'a', true],
    ['*,*', 'a,b', true],
    ['a}*', 'a}b', true],
    ['*(a|b)+$^\\', 'x(a|b)+$^\\', true],
    ['*\n*', 'a\nb', true],
    ['disk*', 'disk;host=a b', true],
    ['?', 'ü', true],
    ['?', '😀', true],
    ['/cpu/', 'web.cpu.load', true],
    ['/^cpu/', 'web.cpu', false],
    ['/CPU/', 'cpu', false],
    ['/CPU/i', 'cpu', true],
    ['/a/b/', 'xa/by', true],
    ['//', '//', true],
    ['/', '/', true],
    ['/a', '/a', true],
  ])('%j on %j: %j', (pattern, name, matches) => {
    expect(compileMatcher(pattern)(name)).toBe(matches);
  });

  it('matches globs as trying every split does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const glob = fc.array(fc.constantFrom('*', '?', 'a', 'b', '.'), { maxLength: 8 }).map((parts) => parts.join('')).filter((text) => /[*?]/.test(text));
    fc.assert(
      fc.property(glob, letters, (pattern, name) => {
        expect(compileMatcher(pattern)(name)).toBe(naiveGlob(pattern, name));
      }),
      { numRuns: 1000 },
    );
  });

  it('matches globs with sets and alternatives as the regular expression does that they are read as', () => {
    const { part } = fc.letrec<{ part: string }>((tie) => ({
      part: fc.oneof({ maxDepth: 3 }, fc.constantFrom('*', '?', 'a', 'b', 'ab', '.', '}', ']', ',', '[ab]', '[!a]', '[]]', '[}a]', '[*]'), fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((some) => `{${some.join(',')}}`)),
    }));
    const glob = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('')).filter((text) => globCharacters.test(text));
    fc.assert(
      fc.property(glob, fc.string({ unit: fc.constantFrom('a', 'b', '.', '}', ']', '*', ','), maxLength: 6 }), (pattern, name) => {
        expect(compileMatcher(pattern)(name)).toBe(new RegExp(`^(?:${globToRegex(pattern)})$`, 's').test(name));
      }),
      { numRuns: 5000 },
    );
  });

  it('matches every literal name with each of its characters in a set', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (name) => {
        const glob = [...name].map((character) => (character === '^' || character === '!' ? `{${character},x}` : `[${character}]`)).join('');
        expect(compileMatcher(glob)(name)).toBe(true);
      }),
    );
  });

  it.each([
    ['/(/', 'missing'],
    ['/a{2000}/', 'repe'],
    ['/(?=a)/', 'Perl'],
    ['/(a)\\1/', 'escape'],
    ['/(\\pL{31}){31}/', 'too much work'],
    ['a[bc', 'a [ is never closed'],
    ['a{b', 'a { is never closed'],
    ['a[z-a]', 'range'],
    [`*${'a'.repeat(maxPatternLength)}`, `${maxPatternLength + 1} characters`],
  ])('refuses %j, saying why', (pattern, why) => expect(refusal(pattern)).toContain(why));

  it('takes an exact name of any length', () => {
    const name = 'x'.repeat(1000);
    expect(compileMatcher(name)(name)).toBe(true);
  });

  it.each(['/(a+)+$/', '/(a|aa)+$/', '/(.*)(.*)(.*)(.*)(.*)(.*)x$/', '/(a|b)*a(a|b){30}$/', '*a*a*a*a*a*a*a*a*x', '{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}x'])('%s does not blow up on a hostile name', (pattern) => {
    const matches = compileMatcher(pattern);
    for (let i = 0; i < 50; i += 1) expect(matches(`${'a'.repeat(1000)}${i}!`)).toBe(false);
  });
});

describe('compileMatchers', () => {
  it('means what any of them means, and nothing when there are none', () => {
    const matches = compileMatchers(['web.*', '/load$/', 'disk']);
    expect(['web.a', 'db.load', 'disk', 'disks'].map(matches)).toEqual([true, true, true, false]);
    expect(compileMatchers([])('a')).toBe(false);
  });
});
