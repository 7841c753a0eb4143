import { createHash } from 'node:crypto';
import type { Json, Logger, StateStore } from '@skylark/core';

/** Why a series is no longer judged: it threw, took longer than a second, or could not be read; three slots running. */
export type QuarantineReason = 'throws' | 'slow' | 'unreadable';

export const strikesAllowed = 3;
/** Then it is tried again, with three new strikes. */
export const quarantineSeconds = 3600;

/** The poison series of one shard, kept in the state store by `analyzer/quarantine/{shard}/{hash of the name}`. */
export interface Quarantine {
  /** Why it is held at `now`; null: it is not. */
  reasonOf(metric: string, now: number): QuarantineReason | null;
  /** A judgement that went well: strikes are counted only in a row. */
  pardon(metric: string): void;
  strike(metric: string, reason: QuarantineReason, detail: string, now: number): Promise<void>;
  counts(): ReadonlyMap<QuarantineReason, number>;
}

interface Held {
  readonly reason: QuarantineReason;
  readonly until: number;
}

export async function loadQuarantine(state: StateStore, shard: number, logger: Logger): Promise<Quarantine> {
  const prefix = `analyzer/quarantine/${shard}/`;
  const held = new Map<string, Held>();
  const strikes = new Map<string, number>();
  for (const { value } of await state.list(prefix)) {
    const { metric, reason, until } = value as unknown as Held & { metric: string };
    held.set(metric, { reason, until });
  }

  return {
    reasonOf(metric, now) {
      const entry = held.get(metric);
      if (entry === undefined) return null;
      if (now < entry.until) return entry.reason;
      held.delete(metric);
      return null;
    },
    pardon: (metric) => void strikes.delete(metric),
    async strike(metric, reason, detail, now) {
      const count = (strikes.get(metric) ?? 0) + 1;
      logger.warn('analyzer.strike', { shard, reason, detail, count });
      if (count < strikesAllowed) return void strikes.set(metric, count);
      strikes.delete(metric);
      const until = now + quarantineSeconds;
      held.set(metric, { reason, until });
      const value: Json = { metric, reason, detail: detail.slice(0, 500), since: now, until };
      await state.set(`${prefix}${nameHash(metric)}`, value, null);
      logger.error('analyzer.quarantined', { shard, metric, reason, detail, until });
    },
    counts() {
      const counts = new Map<QuarantineReason, number>();
      for (const { reason } of held.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
      return counts;
    },
  };
}

/** Names may be longer than keys. */
const nameHash = (metric: string): string => createHash('sha256').update(metric).digest('hex').slice(0, 32);
