import { describe, expect, it } from 'vitest';
import { makeMutant } from './make-mutant.js';
import { type Mutant, mutants } from './mutants.js';
import { runSeed } from './run-seed.js';
import { regressions } from './seeds-hold.js';

const soak = process.env['SKYLARK_SOAK'] === '1';
/** Found within a few seeds each; the others take up to a hundred, in a soak. */
const quick = ['findings are recorded without the fence', 'slots that nobody scheduled are not counted', 'after a pause every missed slot is scheduled', 'a job of a version to come is dropped'];
const always = mutants.filter(({ wrong }) => quick.includes(wrong));

/** The first seed that finds the mutant, and what it saw. */
async function firstSeen(mutant: Mutant): Promise<{ seed: number; broken: string } | null> {
  const { remove, ...code } = await makeMutant(mutant);
  try {
    for (const seed of [...Array.from({ length: 500 }, (_, i) => i), ...regressions]) {
      const [broken] = await runSeed(seed, code);
      if (broken !== undefined) return { seed, broken };
    }
    return null;
  } finally {
    remove();
  }
}

describe('the simulation sees it when', () => {
  it.each(soak ? mutants : always)('$wrong', async (mutant) => {
    const seen = await firstSeen(mutant);
    expect(seen, 'no seed of 500 tells this mutant from the shipped code').not.toBeNull();
    if (soak) console.log(`seed ${seen!.seed}: ${mutant.wrong}\n  ${seen!.broken}`);
  }, 600_000);
});
