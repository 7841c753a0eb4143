import type { Series } from '@skylark/core';
import { live, tell } from './live-on.js';
import type { Row } from './shard-states.js';
import { forEachSeries, stepDue, type StreamSlot } from './stream-slot.js';

/** Metrics that spoke within it are read together; those silent for longer may be dead, and are asked for their last word first. */
const recentSeconds = 3 * 3600;

/**
 * Reads and steps what metrics are behind with: first those that are known already and missed a while, then those never seen, with all their history.
 * Ends when the slot's time for it is spent; the next slot goes on.
 */
export async function catchUp(slot: StreamSlot): Promise<void> {
  const { states, memory, now, context: { clock, settings, catchUpMs } } = slot;
  const begun = clock.elapsedMs();
  const enough = (): boolean => clock.elapsedMs() - begun >= catchUpMs;
  const behind = [...states.rows].filter(([metric, row]) => row.behind && memory.quarantine.reasonOf(metric, now) === null);
  const known = await withNews(slot, behind.filter(([, { last }]) => last !== -Infinity));
  const recent = known.filter(([, { last }]) => last >= now - recentSeconds);
  const older = known.filter(([, { last }]) => last < now - recentSeconds);
  for (const group of [recent, older]) {
    if (group.length === 0) continue;
    const from = group.reduce((least, [, { last }]) => Math.min(least, last), now);
    await forEachSeries(slot, group.map(([metric]) => metric), { from, enough }, (series) => resume(slot, series));
  }
  const fresh = behind.filter(([, { last }]) => last === -Infinity);
  if (!enough() || known.length === 0) await forEachSeries(slot, fresh.map(([metric]) => metric), { from: Math.max(0, now - settings.historySeconds), enough }, (series) => begin(slot, series));
}

/** Drops, as caught up, metrics silent for long that the store has nothing newer of. */
async function withNews({ context, now }: StreamSlot, known: readonly [string, Row][]): Promise<readonly [string, Row][]> {
  const silent = known.filter(([, { last }]) => last < now - recentSeconds);
  if (silent.length === 0) return known;
  const spans = await context.store.spans(silent.map(([metric]) => metric));
  silent.forEach(([, row], i) => {
    row.behind = (spans[i]?.lastTimestamp ?? -Infinity) > row.last;
  });
  return known.filter(([, { behind }]) => behind);
}

function resume(slot: StreamSlot, series: Series): void {
  const { metric } = series;
  const row = slot.states.rows.get(metric)!;
  row.behind = false;
  const flagged = stepDue(slot, metric, row, series);
  if (flagged.length > 0) slot.alive.set(metric, { row, flagged });
}

function begin(slot: StreamSlot, series: Series): void {
  const { metric } = series;
  const row = slot.states.rows.get(metric)!;
  row.behind = false;
  const flagged = stepDue(slot, metric, row, series);
  if (row.last !== -Infinity) tell(slot, live(slot, series, { row, flagged }));
}
