import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Logger, SeriesStore } from '@skylark/core';
import type { Gate } from './gate.js';
import { createNameEncoder } from './name-encoder.js';
import { NameTable } from './name-table.js';

const checkEveryMs = 60_000;
const namesPerTurn = 10_000;

/** The names that the store holds: they are not new, whatever the limits say. */
export async function loadNames(store: SeriesStore): Promise<NameTable> {
  const table = new NameTable();
  const encode = createNameEncoder();
  for (let shard = 0; shard < store.shards; shard++) {
    const names = await store.list(shard);
    for (const [index, metric] of (names?.metrics ?? []).entries()) {
      const bytes = encode(metric);
      if (bytes !== null && table.find(bytes, 0, bytes.length) < 0) table.add(bytes, 0, bytes.length, false);
      if (index % namesPerTurn === namesPerTurn - 1) await nextTurn();
    }
  }
  return table;
}

export interface FollowRemovalsOptions {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gate: Gate;
  readonly onReplaced: (table: NameTable) => void;
}

/**
 * Metrics expire and are removed in the store while the table only grows. The function answered here is called whenever a name was refused for
 * want of room; at most once a minute it asks the store what it still holds, and if that is fewer, starts a new table with just those.
 */
export function followRemovals({ store, clock, logger, gate, onReplaced }: FollowRemovalsOptions): () => void {
  let checkedMs = -Infinity;
  let busy = false;

  async function check(): Promise<void> {
    const table = await loadNames(store);
    if (table.count >= gate.kept) return;
    logger.info('intake.names-forgotten', { before: gate.kept, after: table.count });
    gate.replace(table);
    onReplaced(table);
  }

  return () => {
    const now = clock.elapsedMs();
    if (busy || gate.kept < gate.rules.maxMetrics || now - checkedMs < checkEveryMs) return;
    checkedMs = now;
    busy = true;
    check()
      .catch((error: unknown) => logger.warn('intake.names-not-read', { error: String(error) }))
      .finally(() => (busy = false));
  };
}
