import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phraseSlop } from './phrase-slop.js';

/** All assignments of distinct positions, one after the other. */
function naiveSlop(phrase: readonly string[], text: readonly string[]): number | null {
  let best: number | null = null;
  const taken = new Set<number>();
  const place = (i: number, low: number, high: number): void => {
    if (i === phrase.length) {
      best = best === null ? high - low : Math.min(best, high - low);
      return;
    }
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] !== phrase[i] || taken.has(at)) continue;
      taken.add(at);
      place(i + 1, Math.min(low, at - i), Math.max(high, at - i));
      taken.delete(at);
    }
  };
  if (phrase.length > 0) place(0, Infinity, -Infinity);
  return best;
}

describe('phraseSlop', () => {
  it('is what trying every assignment finds', () => {
    const words = (maxLength: number): fc.Arbitrary<string[]> => fc.array(fc.constantFrom('s', 'inc', 'dec'), { maxLength });
    fc.assert(fc.property(words(5), words(8), fc.integer({ min: 0, max: 8 }), (phrase, text, slop) => {
      const exact = naiveSlop(phrase, text);
      expect(phraseSlop(phrase, text, slop)).toBe(exact !== null && exact <= slop ? exact : null);
    }), { numRuns: 500 });
  });

  it('is 0 for the phrase as it stands, and counts each word in between', () => {
    expect(phraseSlop(['a', 'b'], ['x', 'a', 'b'], 0)).toBe(0);
    expect(phraseSlop(['a', 'b'], ['a', 'x', 'b'], 0)).toBeNull();
    expect(phraseSlop(['a', 'b'], ['a', 'x', 'b'], 2)).toBe(1);
    expect(phraseSlop(['a', 'b'], ['b', 'a'], 2)).toBe(2);
  });

  it('stays quick on long texts of few words', () => {
    const text = Array.from({ length: 2000 }, (_, i) => (i % 3 === 0 ? 's' : 'inc'));
    expect(phraseSlop(Array.from({ length: 400 }, () => 's'), text, 20)).toBeNull();
    expect(phraseSlop(text.slice(3, 300), text, 20)).toBe(0);
  });
});
