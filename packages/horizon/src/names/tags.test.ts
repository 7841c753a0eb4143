import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasNormalTags, normaliseTags } from './tags.js';

describe('normaliseTags', () => {
  it('sorts as carbon does: by the text of tag and value', () => {
    expect(normaliseTags('m;b=1;a=2')).toBe('m;a=2;b=1');
    expect(normaliseTags('m;a=2;a-b=1')).toBe('m;a-b=1;a=2');
    expect(normaliseTags('m;\u{1f600}=1;\uffee=2')).toBe('m;\uffee=2;\u{1f600}=1');
  });

  it('lets the last of a duplicate win', () => {
    expect(normaliseTags('m;a=1;b=2;a=3')).toBe('m;a=3;b=2');
  });

  it('leaves names without tags and values with = alone', () => {
    expect(normaliseTags('a=b~!^ c')).toBe('a=b~!^ c');
    expect(normaliseTags('m;a=b=c!^')).toBe('m;a=b=c!^');
    expect(normaliseTags('m;__proto__=1;constructor=2')).toBe('m;__proto__=1;constructor=2');
  });

  it.each(['m;', 'm;a', 'm;=a', 'm;a=', 'm;a=~b', 'm;a!=b', 'm;a^b=c', ';a=b', 'm;;a=b', `m;a=${'x'.repeat(70_000)}`])('refuses %.20s', (name) => {
    expect(normaliseTags(name)).toBeNull();
  });
});

describe('hasNormalTags', () => {
  it('holds exactly for names that normaliseTags leaves as they are', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', ';', ';', '=', '=', '~', '!', 'ü', '\uffee', '\u{1f600}'), maxLength: 14 }).map((tail) => `m;${tail}`);
    fc.assert(
      fc.property(name, fc.boolean(), (text, bare) => {
        const bytes = Buffer.from(bare ? text.slice(1) : text);
        expect(hasNormalTags(bytes, 0, bytes.length, bytes.indexOf(';'))).toBe(normaliseTags(bytes.toString()) === bytes.toString());
      }),
      { numRuns: 20_000 },
    );
  });
});
