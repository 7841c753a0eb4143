import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSorted } from './merge-sorted.js';

describe('mergeSorted', () => {
  it('is what sorting all of them together gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.string())), async (lists) => {
        expect(await mergeSorted(lists.map((list) => [...list].sort()))).toEqual(lists.flat().sort());
      }),
    );
  });
});
