import { merged, type News } from './gather-news.js';
import { attempt, stepDue, type StreamSlot } from './stream-slot.js';

/** Steps what the shard's log brought, and what waited for this slot. Of a metric that is behind, only what is stamped later than the slot is kept. */
export async function takeNews(slot: StreamSlot, { pieces }: News): Promise<void> {
  const { states, memory, now, alive, context: { figures } } = slot;
  const steady = states.behind === 0;
  for (const metric of new Set([...states.pending.keys(), ...pieces.keys()])) {
    const row = states.rows.get(metric);
    if (row === undefined) continue;
    if (memory.quarantine.reasonOf(metric, now) !== null) row.behind = true;
    if (row.behind) continue;
    const columns = merged(states.pending.get(metric), pieces.get(metric) ?? []);
    if (steady && columns.timestamps[0]! <= row.last) figures.countLate(1);
    await attempt(slot, metric, () => {
      const flagged = stepDue(slot, metric, row, columns);
      if (flagged.length > 0) alive.set(metric, { row, flagged });
    });
    await slot.pace();
  }
}
