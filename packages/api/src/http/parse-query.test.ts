import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse-query.js';
import { Problem } from './problem.js';

describe('parseQuery', () => {
  it('gives back every name exactly as a client encodes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'binary' }), (name, value) => {
        expect(Object.entries(parseQuery(`/x?${encodeURIComponent(name)}=${encodeURIComponent(value)}`))).toEqual([[name, value]]);
        expect(Object.entries(parseQuery(`/x?${new URLSearchParams([[name, value]]).toString()}`))).toEqual([[name, value]]);
      }),
    );
  });

  it('keeps __proto__ as a parameter like any other', () => {
    const parameters = parseQuery('/x?__proto__=1&constructor=2');
    expect(Object.keys(parameters)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  it('takes a flag without a value, and no parameters at all', () => {
    expect(parseQuery('/readyz?verbose')).toEqual({ verbose: '' });
    expect(parseQuery('/readyz')).toEqual({});
    expect(parseQuery('/readyz?&')).toEqual({});
  });

  it.each(['?a=%', '?a=%zz', '?a=%ff', '?a=%ed%a0%80', '?a=1&a=2', '?%61=1&a=2'])('refuses %s', (url) => {
    expect(() => parseQuery(url)).toThrow(Problem);
  });
});
