import { type Fence, isSkylarkError, type Json, type StateStore } from '@skylark/core';
import { settleSecondsOf } from './slots.js';

/** The last slot judged of a shard, in the state store: what makes a slot judged once, and a round something to report. */
export interface RoundRecord {
  readonly slot: number;
  /** Metrics of the shard that are judged at all. */
  readonly series: number;
  /** Open after the slot. */
  readonly anomalies: number;
  /** Wall time, seconds. */
  readonly started: number;
  readonly finished: number;
  /** Slots that were not judged since the first that was, by reason: with those judged, every slot is accounted for. */
  readonly skipped: number;
  readonly coalesced: number;
  /** When open findings were last flagged, by id, where that is later than the log says: whoever judges the next slot knows what this one knew. */
  readonly flagged: Readonly<Record<string, number>>;
}

/** Of all shards together: `analyzer/last-round`. */
export interface RoundSummary {
  readonly slot: number;
  readonly series: number;
  readonly anomalies: number;
  readonly tookMs: number;
  /** Finished after the next slot was due. */
  readonly late: boolean;
}

export const lastRoundKey = 'analyzer/last-round';
const prefix = 'analyzer/rounds/';

export async function readRoundRecord(state: StateStore, shard: number): Promise<{ version: number; record: RoundRecord | null }> {
  const found = await state.get(`${prefix}${shard}`);
  return { version: found?.version ?? 0, record: found === null ? null : asRecord(found.value) };
}

/** Answers the new version. @throws SkylarkError stale-lease, version-conflict */
export async function writeRoundRecord(state: StateStore, { shard, record, expected, fence }: { shard: number; record: RoundRecord; expected: number; fence: Fence }): Promise<number> {
  return (await state.set(`${prefix}${shard}`, { ...record, flagged: { ...record.flagged } }, expected, fence)).version;
}

export async function readRoundRecords(state: StateStore): Promise<Map<number, RoundRecord>> {
  return new Map((await state.list(prefix)).map(({ key, value }) => [Number(key.slice(prefix.length)), asRecord(value)]));
}

/** Records of older versions count nothing and know nothing. */
const asRecord = (value: Json): RoundRecord => ({ ...nothingCounted, ...(value as unknown as RoundRecord) });

const nothingCounted: Partial<RoundRecord> = { skipped: 0, coalesced: 0, flagged: {} };

/** The summary of a slot once every shard has judged it (or a later one); null before. */
export function summarise(records: ReadonlyMap<number, RoundRecord>, { slot, shards, intervalSeconds }: { slot: number; shards: number; intervalSeconds: number }): RoundSummary | null {
  const all = [...records.values()];
  if (all.length < shards || all.some((record) => record.slot < slot)) return null;
  const ofSlot = all.filter((record) => record.slot === slot);
  const started = Math.min(...ofSlot.map((record) => record.started));
  const finished = Math.max(...ofSlot.map((record) => record.finished));
  return {
    slot,
    series: all.reduce((total, { series }) => total + series, 0),
    anomalies: all.reduce((total, { anomalies }) => total + anomalies, 0),
    tookMs: Math.max(0, Math.round((finished - started) * 1000)),
    late: finished >= (slot + 1) * intervalSeconds + settleSecondsOf(intervalSeconds),
  };
}

/** Written when the last shard of a slot is done; by whoever finds that it is, unless a newer one is there: who was stopped meanwhile says nothing. */
export async function writeSummary(state: StateStore, summary: RoundSummary): Promise<void> {
  for (;;) {
    const before = await state.get(lastRoundKey);
    if (before !== null && (before.value as unknown as RoundSummary).slot > summary.slot) return;
    try {
      await state.set(lastRoundKey, { ...summary }, before?.version ?? 0);
      return;
    } catch (error) {
      if (!isSkylarkError(error, 'version-conflict')) throw error;
    }
  }
}
