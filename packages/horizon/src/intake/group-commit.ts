import type { SeriesStore } from '@skylark/core';
import { Columns } from './columns.js';

/** Datapoints of requests that wait while an append is under way go together in the next one, up to about this many. */
const groupDatapoints = 262_144;

interface Waiting {
  readonly columns: Columns;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends for those who wait for the answer: one append at a time, whatever came meanwhile goes together in the next.
 * Each promise resolves when its own datapoints are durable and rejects with the store's error; nothing is repeated here, the sender does that.
 */
export function createGroupCommit(store: SeriesStore): (columns: Columns) => Promise<void> {
  const waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) await appendGroup(store, nextGroup(waiting));
    running = false;
  }

  return (columns) =>
    new Promise((resolve, reject) => {
      waiting.push({ columns, resolve, reject });
      if (!running) void run();
    });
}

function nextGroup(waiting: Waiting[]): Waiting[] {
  let count = 0;
  let datapoints = 0;
  for (const { columns } of waiting) {
    if (count > 0 && (datapoints + columns.length > groupDatapoints || columns.table !== waiting[0]?.columns.table)) break;
    count++;
    datapoints += columns.length;
  }
  return waiting.splice(0, count);
}

async function appendGroup(store: SeriesStore, group: readonly Waiting[]): Promise<void> {
  try {
    await joined(group).appendTo(store);
    for (const { resolve } of group) resolve();
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

function joined(group: readonly Waiting[]): Columns {
  const [first, ...others] = group;
  if (first === undefined) throw new RangeError('an empty group');
  if (others.length === 0) return first.columns;
  const all = new Columns(first.columns.table, group.reduce((sum, { columns }) => sum + columns.length, 0));
  for (const { columns } of group) all.addAll(columns);
  return all;
}
