import { type HealthCheck, SkylarkError, type StateStore } from '@skylark/core';
import { z } from 'zod';
import { restoreKey } from './kept-state.js';

const restoreRecord = z.object({ backup: z.string(), startedAt: z.number(), shards: z.number() });

/** A restore that is under way, or was interrupted. */
export type RestoreRecord = z.infer<typeof restoreRecord>;

export async function readRestoreRecord(state: StateStore): Promise<RestoreRecord | null> {
  const found = await state.get(restoreKey);
  return found === null ? null : restoreRecord.parse(found.value);
}

export async function beginRestore(state: StateStore, record: RestoreRecord): Promise<void> {
  await state.set(restoreKey, record, null);
}

export async function endRestore(state: StateStore): Promise<void> {
  await state.delete(restoreKey);
}

/** @throws SkylarkError restore-unfinished when the store is not being restored from this backup */
export async function requireRestore(state: StateStore, backup: string): Promise<RestoreRecord> {
  const record = await readRestoreRecord(state);
  if (record?.backup !== backup) throw new SkylarkError('restore-unfinished', record === null ? `no restore of backup ${backup} has begun here` : `this store is being restored from backup ${record.backup}, not from ${backup}`);
  return record;
}

/** A line of /readyz while a restore is unfinished; none otherwise. */
export async function restoreHealth(state: StateStore): Promise<HealthCheck[]> {
  const record = await readRestoreRecord(state).catch(() => null);
  if (record === null) return [];
  return [{ name: 'restore', ok: false, reason: `a restore of backup ${record.backup} began at ${new Date(record.startedAt * 1000).toISOString()} and has not finished: wait for it, or run skylark db restore again with the same file` }];
}
