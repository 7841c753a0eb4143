import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.js';

interface Seen {
  readonly version: number;
  readonly slot: number;
  readonly skipped: number;
  readonly coalesced: number;
}

export interface WatchedRounds {
  readonly judged: number;
  readonly skipped: number;
  readonly coalesced: number;
  /** Slots judged twice, judged out of order, or left out without being counted. */
  readonly violations: readonly string[];
}

export interface RoundWatch {
  /** Every shard has judged the newest slot that is due, or the one before while that is under way. */
  isCurrent(): Promise<boolean>;
  /** Rounds that every shard has judged while it was looked at. */
  rounds(): number;
  stop(): Promise<WatchedRounds>;
}

const prefix = 'analyzer/rounds/';
const pollMs = 250;

/**
 * Looks at the shards' round records. Each write of one is one slot judged (its version goes up by one), so between any two looks the slots that passed are those judged
 * and those counted as skipped or coalesced, exactly.
 */
export function watchRounds({ store }: Deployment, intervalSeconds: number): RoundWatch {
  const first = new Map<string, Seen>();
  const last = new Map<string, Seen>();
  const violations: string[] = [];
  let stopping = false;

  async function look(): Promise<Map<string, Seen>> {
    const records = await store.state.list(prefix);
    return new Map(records.map(({ key, version, value }): [string, Seen] => {
      const { slot, skipped, coalesced } = value as unknown as Omit<Seen, 'version'>;
      return [key.slice(prefix.length), { version, slot, skipped, coalesced }];
    }));
  }

  async function watch(): Promise<void> {
    for (; !stopping; await sleep(pollMs)) {
      for (const [shard, seen] of await look()) {
        const before = last.get(shard);
        if (!first.has(shard)) first.set(shard, seen);
        last.set(shard, seen);
        if (before === undefined || before.version === seen.version) continue;
        const [passed, judged, counted] = [seen.slot - before.slot, seen.version - before.version, seen.skipped + seen.coalesced - before.skipped - before.coalesced];
        if (passed !== judged + counted) violations.push(`shard ${shard}: ${passed} slots from ${before.slot} to ${seen.slot}, ${judged} judged, ${counted} counted`);
      }
    }
  }

  const running = watch();
  return {
    async isCurrent() {
      const due = Math.floor((Date.now() / 1000 - intervalSeconds / 4) / intervalSeconds);
      const seen = await look();
      return seen.size === store.series.shards && [...seen.values()].every(({ slot }) => slot >= due);
    },
    rounds: () => Math.min(...[...last].map(([shard, { version }]) => version - first.get(shard)!.version)),
    async stop() {
      stopping = true;
      await running;
      const sum = (of: (from: Seen, to: Seen) => number): number => [...last].reduce((total, [shard, to]) => total + of(first.get(shard)!, to), 0);
      return { judged: sum((from, to) => to.version - from.version), skipped: sum((from, to) => to.skipped - from.skipped), coalesced: sum((from, to) => to.coalesced - from.coalesced), violations };
    },
  };
}
