import { brokenPromises } from './invariants.js';
import { planOf } from './plan.js';
import type { Shipped } from './shipped.js';
import { live } from './world.js';

/** What a seed broke; nothing is as it should be. */
export async function runSeed(seed: number, shipped: Shipped): Promise<string[]> {
  return brokenPromises(await live(planOf(seed), shipped));
}

/** The same again, with everything that happened. */
export async function traceSeed(seed: number, shipped: Shipped): Promise<readonly string[]> {
  return (await live(planOf(seed), shipped, true)).trace;
}
