import { describe, expect, it } from 'vitest';
import { planOf } from './plan.js';
import { attemptsOf } from './reference.js';
import { shipped } from './shipped.js';
import { type History, live } from './world.js';

describe('the simulation', () => {
  it('lives the same life again from the same seed, and another from another', async () => {
    const lives = await Promise.all([7, 7, 8].map(async (seed) => (await live(planOf(seed), shipped, true)).trace));
    expect(lives[0]!.length).toBeGreaterThan(500);
    expect(lives[1]).toEqual(lives[0]);
    expect(lives[2]).not.toEqual(lives[0]);
  }, 600_000);

  it('meets what it is meant to meet', async () => {
    const histories: History[] = [];
    for (let seed = 0; seed < 40; seed += 1) histories.push(await live(planOf(seed), shipped));
    const met = (what: string): number => histories.reduce((sum, { observed }) => sum + (observed.met.get(what) ?? 0), 0);
    const last = histories.flatMap(({ observed, plan }) => Array.from({ length: plan.shards }, (_, shard) => observed.judged.findLast((one) => one.shard === shard)!));
    const halfJudged = histories.flatMap(({ observed, plan }) => Array.from({ length: plan.shards }, (_, shard) => attemptsOf(observed.effects, shard)).flat().filter(({ isWhole }) => !isWhole));
    const seen = {
      refusedAsStale: met('stale-lease'), handedOutAgain: met('handed out again'), rebuilds: met('rebuild'), halfJudged: halfJudged.length, ambushed: met('ambush'),
      statesKept: met('states kept'), statesTakenOver: met('states taken over'), logMissed: met('log missed'),
      skipped: last.reduce((sum, { skipped }) => sum + skipped, 0), coalesced: last.reduce((sum, { coalesced }) => sum + coalesced, 0),
      anomalies: histories.reduce((sum, { store }) => sum + store.log.query({ state: 'all', limit: 1 }).total, 0),
      removed: histories.reduce((sum, { store }) => sum + store.log.after('', 100_000).events.filter(({ type }) => type === 'removed').length, 0),
      quarantined: histories.filter(({ store }) => store.state.list('analyzer/quarantine/').length > 0).length,
    };
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(what === 'anomalies' ? 100 : 0);
  }, 600_000);
});
