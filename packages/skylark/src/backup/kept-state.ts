import type { StateRecord } from '@skylark/core';

/** Says that a restore began and did not finish; gone when it has. */
export const restoreKey = 'backup/restore';

/** Positions in a log and marks of rounds: they mean something in the store they were made in only. */
const boundToStore = [/^analyzer\/(?!quarantine\/)/, /(^|\/)[^/]*cursor$/, /^importer\//, /^backup\//];

/**
 * Whether a record of the state store goes into a backup. Rules, silences, mutes, budgets, tokens, the demo's, the quarantine do, and whatever else is kept there; cursors, rounds
 * and leases do not: whoever reads on from them begins anew in the restored store.
 */
export function isKeptState({ key }: Pick<StateRecord, 'key'>): boolean {
  return !boundToStore.some((pattern) => pattern.test(key));
}

/** Whether it may be restored into a store of another number of shards: quarantine is by shard, and finds its series again by itself. */
export function fitsShards({ key }: Pick<StateRecord, 'key'>, isSameCount: boolean): boolean {
  return isSameCount || !key.startsWith('analyzer/quarantine/');
}
