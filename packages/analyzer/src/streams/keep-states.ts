import type { StreamDetector } from '@skylark/algorithms';
import type { Fence, Logger, SnapshotStore } from '@skylark/core';
import { emptyStates, type ShardStates } from './shard-states.js';
import { decodeStates, encodeStates, partsOf, stateKey } from './snapshot.js';
import type { MetricRules } from './stream-context.js';

/** Longer is more to step after a restart, shorter more to write: 4 KiB a metric. */
export const snapshotSeconds = 600;

export interface StateKeeper {
  /** The newest snapshot of a shard, or empty states. */
  load(shard: number): Promise<ShardStates>;
  /** Writes a snapshot if one is due at a slot. Of what was not written nothing is lost but time. @throws SkylarkError stale-lease */
  save(shard: number, states: ShardStates, slotTime: number, fence: Fence): Promise<void>;
}

export interface StateKeeperOptions {
  /** null: states are rebuilt from the store at every start. */
  readonly snapshots: SnapshotStore | null;
  readonly detector: StreamDetector;
  readonly settingsKey: string;
  readonly rulesOf: (metric: string) => MetricRules;
  readonly shards: number;
  readonly logger: Logger;
}

/** Keeps what the detectors of a shard remember, under `analyzer/states/{shard}/{part}`. */
export function createStateKeeper({ snapshots, detector, settingsKey, rulesOf, shards, logger }: StateKeeperOptions): StateKeeper {
  const key = stateKey(detector, settingsKey);
  const recordKey = (shard: number, part: number): string => `analyzer/states/${shard}/${part}`;
  /** Shards take turns. */
  const turn = (shard: number, time: number): number => Math.floor((time + (shard * snapshotSeconds) / shards) / snapshotSeconds);

  return {
    async load(shard) {
      if (snapshots === null) return emptyStates(detector.stateLength);
      const first = await snapshots.read(recordKey(shard, 0));
      const count = partsOf(first, key);
      if (count === 0 && first !== null) logger.info('analyzer.states-rebuilt', { shard, key });
      const parts = [first];
      for (let part = 1; part < count; part += 1) parts.push(await snapshots.read(recordKey(shard, part)));
      return decodeStates(parts, detector, key, rulesOf);
    },
    async save(shard, states, slotTime, fence) {
      if (snapshots === null || states.rows.size === 0 || !isDue(states, turn(shard, states.savedAt) < turn(shard, slotTime))) return;
      for (const [part, bytes] of encodeStates(states, key, slotTime).entries()) await snapshots.write(recordKey(shard, part), bytes, fence);
      states.savedAt = slotTime;
      states.savedBehind = states.behind;
    },
  };
}

/** Every so often; and once as soon as history was gone through, which is the most expensive to do again. */
function isDue({ behind, savedBehind }: ShardStates, ofTime: boolean): boolean {
  return ofTime || (behind === 0 && savedBehind !== 0);
}
