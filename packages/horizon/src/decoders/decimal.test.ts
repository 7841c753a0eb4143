import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal, parseDecimalText, valueRefusal } from './decimal.js';

const parse = (text: string): number => parseDecimal(Buffer.from(` ${text} `), 1, 1 + text.length);

describe('parseDecimal', () => {
  it('reads every double as written by JavaScript back exactly', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(parse(String(value))).toBe(Number(String(value)));
    }), { numRuns: 20_000 });
  });

  it('rounds decimals of any length like Number', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
    const decimal = fc.tuple(fc.constantFrom('', '-', '+'), digits, fc.option(fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 }), { nil: null }));
    fc.assert(
      fc.property(decimal, ([sign, whole, fraction]) => {
        const text = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`;
        expect(parse(text)).toBe(Number(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('rounds the hard cases to the nearest even', () => {
    for (const text of ['9007199254740993', '9007199254740991', '9007199254740992', '0.1', '1.7976931348623157e308', '5e-324', '2.2250738585072011e-308', '123456789012345678901234567890', '1000000000000000.25', '-0']) {
      expect(parse(text)).toBe(Number(text));
    }
  });

  it('refuses whatever is no decimal', () => {
    for (const text of ['', '-', '+', '.', '-.', '+-1', '--1', '1-', '0x10', '1_0', '1,5', '1e', '1e+', 'e1', '.e1', '1.2.3', 'NaN', 'Infinity', '1f', '1n', '½']) expect(parse(text), text).toBeNaN();
  });

  it('agrees with parseDecimalText on any text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789+-.eE_xn '), maxLength: 12 });
    fc.assert(fc.property(text, (candidate) => {
      expect(parse(candidate)).toBe(parseDecimalText(candidate));
    }), { numRuns: 20_000 });
  });
});

describe('valueRefusal', () => {
  it('tells NaN from what is no number', () => {
    expect(['nan', 'NaN', '-nan', 'inf', '', 'nano'].map(valueRefusal)).toEqual(['nan', 'nan', 'nan', 'bad-value', 'bad-value', 'bad-value']);
  });
});
