import type { AnomalyFinding, Series } from '@skylark/core';
import { cadenceOf } from '../life/cadence.js';
import { leastStoppedSeconds, lifeTimes } from '../life/life-settings.js';
import { emptyMemory } from '../life/metric-memory.js';
import { timeOutside } from '../life/outage.js';
import { stepStream } from '../life/step-stream.js';
import { windowOf } from '../life/window.js';
import { recordedKey } from '../rounds/shard-memory.js';
import type { Row } from './shard-states.js';
import { forEachSeries, type Living, type StreamSlot } from './stream-slot.js';

/** Adds to the living: metrics with findings that may close, and those that may have been silent for too long. */
export async function lookForSilence(slot: StreamSlot): Promise<void> {
  const { states, memory, now, alive, context: { settings } } = slot;
  const least = settings.life.stoppedSeconds ?? leastStoppedSeconds;
  const silent = ({ last, silentFrom }: Row): boolean => now - last > least && now - last <= settings.windowSeconds && !(now <= silentFrom);
  for (const [metric, row] of states.rows) {
    if (row.behind || alive.has(metric)) continue;
    if (mayEnd(slot, metric, row) || (silent(row) && memory.metrics.get(metric)?.stopped?.state !== 'open')) alive.set(metric, { row, flagged: [] });
  }
  await slot.pace();
}

/** No anomaly is quiet earlier, unless settings say so. */
const leastQuietSeconds = 300;

function mayEnd({ memory, now, context: { settings } }: StreamSlot, metric: string, { last }: Row): boolean {
  const known = memory.metrics.get(metric);
  if (known === undefined) return false;
  const { deviation, stopped } = known;
  if (deviation?.state === 'open' && now - deviation.lastFlagged >= (settings.life.quietSeconds ?? leastQuietSeconds)) return true;
  return stopped?.state === 'open' && (last > stopped.lastFlagged || last < now - settings.windowSeconds);
}

/** Those flagged within it are read together. */
const recentSeconds = 3600;

/** One step in the life of the living; their windows are read for it. */
export async function liveOn(slot: StreamSlot): Promise<void> {
  const { alive, now, context: { settings } } = slot;
  const begins = ({ row, flagged }: Living): number => Math.min(row.last, flagged[0]?.timestamp ?? row.last);
  const recent = [...alive].filter(([, living]) => begins(living) >= now - recentSeconds);
  const older = [...alive].filter(([, living]) => begins(living) < now - recentSeconds);
  for (const group of [recent, older]) {
    const from = group.reduce((least, [, living]) => Math.min(least, begins(living)), now) - settings.windowSeconds;
    if (group.length > 0) await forEachSeries(slot, group.map(([metric]) => metric), { from, until: now + 1e-6 }, (series) => tell(slot, live(slot, series, alive.get(series.metric)!)));
  }
}

/** What was over for longer when it was first seen came with history, of a start or of an import: it is there for `replay` to find. */
const belatedSeconds = 3600;

/** Keeps findings for the log: those that are open, those that it has already, and those that were over only a while ago. */
export function tell({ changed, memory, now }: StreamSlot, findings: readonly AnomalyFinding[]): void {
  for (const finding of findings) {
    const known = memory.recorded.get(recordedKey(finding))?.id === finding.id;
    if (known || finding.state === 'open' || finding.lastFlagged > now - belatedSeconds) changed.push(finding);
  }
}

/** Steps the life of one metric's findings, and works out when its silence would count. `series` reaches a window back before what was flagged. */
export function live({ memory, now, context }: StreamSlot, series: Series, { row, flagged }: Living): readonly AnomalyFinding[] {
  const { metric } = series;
  const { windowSeconds, life } = context.settings;
  const before = memory.metrics.get(metric) ?? emptyMemory;
  const step = stepStream(before, { metric, now, series, windowSeconds, flagged, outages: context.outages }, life);
  const cadence = cadenceOf(windowOf(series, row.last - windowSeconds, row.last));
  row.silentFrom = cadence === null ? Infinity : now + lifeTimes(life, cadence).stoppedSeconds - timeOutside(context.outages, row.last, now);
  if (step.memory !== emptyMemory) memory.metrics.set(metric, step.memory);
  for (const { verdict } of flagged) context.figures.countVerdict(verdict);
  return step.changed;
}
