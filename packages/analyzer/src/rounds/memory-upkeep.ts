import type { AnomalyFinding, AnomalyLog } from '@skylark/core';
import { recordedKey, type ShardMemory } from './shard-memory.js';

/**
 * Whether a change is one for the log: a new finding, another state, score or peak; or nothing but a longer duration, of `refreshSeconds` at least. An
 * anomaly that goes on and on is thus no event a minute for every follower. What the log lacks of `lastFlagged` stands in the round record.
 */
export function worthRecording(recorded: AnomalyFinding | undefined, finding: AnomalyFinding, refreshSeconds: number): boolean {
  if (recorded === undefined || recorded.id !== finding.id || recorded.state !== finding.state) return true;
  if (recorded.score !== finding.score || recorded.peak !== finding.peak) return true;
  return finding.lastFlagged - recorded.lastFlagged >= refreshSeconds;
}

/** What surely fits a record of 1 MiB. What is left out may cost an anomaly half a quiet time at its end, when its shard moves. */
const mostFlagged = 10_000;

/** When open findings were last flagged, by id, where the log does not have it yet. */
export function flaggedSince({ metrics, recorded }: ShardMemory): Record<string, number> {
  const flagged: Record<string, number> = {};
  let count = 0;
  for (const { deviation } of metrics.values()) {
    if (deviation?.state !== 'open' || deviation.lastFlagged === recorded.get(recordedKey(deviation))?.lastFlagged) continue;
    flagged[deviation.id] = deviation.lastFlagged;
    if ((count += 1) === mostFlagged) break;
  }
  return flagged;
}

/** Drops metrics that were removed from the store. What the log still has open of them is closed; what was removed with them stays removed. */
export async function forgetRemoved({ metrics, judged, recorded }: ShardMemory, present: ReadonlySet<string>, log: AnomalyLog, now: number): Promise<AnomalyFinding[]> {
  const closed: AnomalyFinding[] = [];
  for (const [metric, { deviation, stopped }] of metrics) {
    if (present.has(metric)) continue;
    for (const finding of [deviation, stopped]) {
      if (finding === null) continue;
      recorded.delete(recordedKey(finding));
      if (finding.state === 'open' && (await log.get(finding.id)) !== null) closed.push({ ...finding, state: 'closed', end: finding.kind === 'stopped' ? now : finding.lastFlagged, updated: now });
    }
    metrics.delete(metric);
  }
  for (const metric of judged.keys()) if (!present.has(metric)) judged.delete(metric);
  return closed;
}

/** Drops findings that ended before `before`: nothing will reopen them. Triggers of the second order are kept. */
export function forgetSettled({ metrics, recorded }: ShardMemory, before: number): void {
  const settled = (finding: AnomalyFinding | null): finding is AnomalyFinding => finding?.end != null && finding.end < before;
  for (const [metric, known] of metrics) {
    const { deviation, stopped, triggers } = known;
    if (!settled(deviation) && !settled(stopped)) continue;
    for (const finding of [deviation, stopped]) if (settled(finding)) recorded.delete(recordedKey(finding));
    const kept = { deviation: settled(deviation) ? null : deviation, stopped: settled(stopped) ? null : stopped, triggers };
    if (kept.deviation === null && kept.stopped === null && triggers === null) metrics.delete(metric);
    else metrics.set(metric, kept);
  }
}
