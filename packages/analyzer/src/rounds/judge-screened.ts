import type { NineScreen } from '@skylark/algorithms';
import type { AnomalyFinding, Series } from '@skylark/core';
import { cadenceOf } from '../life/cadence.js';
import { leastStoppedSeconds, lifeTimes } from '../life/life-settings.js';
import { timeOutside } from '../life/outage.js';
import { isSameTail } from '../life/tail.js';
import { countBelow, windowOf } from '../life/window.js';
import { gatherNews, merged } from '../streams/gather-news.js';
import { type Row, type ShardStates, syncRows } from '../streams/shard-states.js';
import { createPacer } from '../pacer.js';
import { type JudgeContext, judgeMetrics, type JudgedTails } from './judge-metrics.js';
import type { ShardMemory } from './shard-memory.js';

export interface ScreenedRequest {
  readonly shard: number;
  /** Names the shard's metrics that are judged; asked after the log was read, so that it names all that are in it. */
  readonly metrics: () => Promise<readonly string[]>;
  readonly now: number;
}

export interface ScreenedContext extends JudgeContext {
  readonly screen: NineScreen;
}

/** One shard at one slot, while it is judged. */
interface ScreenedSlot extends ScreenedRequest {
  readonly screens: ShardStates;
  readonly memory: ShardMemory;
  readonly context: ScreenedContext;
  /** Metrics with something new that could be anomalous. */
  readonly suspects: Set<string>;
}

/**
 * The same findings as `judgeMetrics` over all of a shard, without reading all: each new datapoint goes into the metric's screen, and a window is read and
 * judged only where the screen cannot rule out that it is anomalous, where a finding is open, or where a silence may count.
 *
 * A row that is behind has no screen to go by: at first sight, after the log was missed, and when a datapoint came late or was corrected, for the
 * screen cannot take back what it took. Its window is read, judged as ever, and the screen made of it.
 */
export async function judgeScreened(request: ScreenedRequest, screens: ShardStates, memory: ShardMemory, context: ScreenedContext): Promise<AnomalyFinding[]> {
  const { shard, metrics, now } = request;
  const news = await gatherNews(context.store, shard, screens.cursor, context.keepGoing);
  if (news.missed) for (const row of screens.rows.values()) row.behind = true;
  syncRows(screens, await metrics(), () => null);
  const slot: ScreenedSlot = { ...request, screens, memory, context, suspects: new Set() };
  const pace = createPacer(context.clock);
  for (const metric of new Set([...screens.pending.keys(), ...news.pieces.keys()])) {
    const row = screens.rows.get(metric);
    if (row && !row.behind) takeNews(slot, metric, row, merged(screens.pending.get(metric), news.pieces.get(metric) ?? []));
    await pace();
  }
  const toRead = [...screens.rows].filter(([metric, row]) => row.behind || slot.suspects.has(metric) || wantsLook(slot, metric, row)).map(([metric]) => metric);
  for (const metric of toRead) if (memory.quarantine.reasonOf(metric, now) !== null) screens.rows.get(metric)!.behind = true;
  const changed = await judgeMetrics(toRead, now, memory, { ...context, tails: tailsOf(slot) });
  screens.cursor = news.cursor;
  return changed;
}

function takeNews({ screens, context: { screen, settings }, suspects, now }: ScreenedSlot, metric: string, row: Row, { timestamps, values }: Pick<Series, 'timestamps' | 'values'>): void {
  if (timestamps[0]! <= row.last) {
    row.behind = true;
    return;
  }
  const due = countBelow(timestamps, now, true);
  keepPending(screens, metric, { timestamps, values }, due);
  if (due === 0) return;
  const state = screens.slab.row(row.number);
  for (let i = 0; i < due; i += 1) screen.push(state, timestamps[i]!, values[i]!);
  row.last = timestamps[due - 1]!;
  row.silentFrom = NaN;
  if (screen.couldBeAnomalous(state, now, settings.ensembleOf(metric))) suspects.add(metric);
}

function keepPending({ pending }: ShardStates, metric: string, { timestamps, values }: Pick<Series, 'timestamps' | 'values'>, due: number): void {
  if (due < timestamps.length) pending.set(metric, { timestamps: [...timestamps.subarray(due)], values: [...values.subarray(due)] });
  else if (pending.size > 0) pending.delete(metric);
}

/** Whether the life of a metric's findings may go on though nothing new of it could be anomalous. */
function wantsLook({ memory, context: { settings }, now }: ScreenedSlot, metric: string, { last, silentFrom }: Row): boolean {
  const { deviation, stopped } = memory.metrics.get(metric) ?? { deviation: null, stopped: null };
  if (deviation?.state === 'open') return true;
  if (stopped?.state === 'open') return last > stopped.lastFlagged || last < now - settings.windowSeconds;
  const least = settings.life.stoppedSeconds ?? leastStoppedSeconds;
  return now - last > least && now - last <= settings.windowSeconds && !(now <= silentFrom);
}

function tailsOf(slot: ScreenedSlot): JudgedTails {
  const { screens, suspects, now, context: { screen } } = slot;
  return {
    isJudged(metric, tail) {
      const row = screens.rows.get(metric)!;
      if (!row.behind) return !suspects.has(metric);
      return isSameTail(screen.newest(screens.slab.row(row.number)), tail);
    },
    taken(series) {
      const { metric } = series;
      if (screens.rows.get(metric)!.behind) rebuild(screens, screen, series, now);
      const row = screens.rows.get(metric)!;
      row.silentFrom = silentFrom(slot, series, row);
    },
  };
}

function rebuild(screens: ShardStates, screen: NineScreen, { metric, timestamps, values }: Series, now: number): void {
  const row = screens.rows.get(metric)!;
  const state = screens.slab.row(row.number);
  state.fill(0);
  const due = countBelow(timestamps, now, true);
  for (let i = 0; i < due; i += 1) screen.push(state, timestamps[i]!, values[i]!);
  keepPending(screens, metric, { timestamps, values }, due);
  row.last = due === 0 ? -Infinity : timestamps[due - 1]!;
  row.behind = false;
}

/** No silence counts before, and no look is needed: until the metric would have stopped, or its cadence is another because the window moved on. */
function silentFrom({ context: { settings, outages }, now }: ScreenedSlot, series: Series, { last }: Row): number {
  const window = windowOf(series, now - settings.windowSeconds, now);
  const cadence = cadenceOf(window);
  if (cadence === null) return Infinity;
  const oldest = window.timestamps.at(-datapointsOfCadence);
  if (oldest === undefined) return NaN;
  const stopped = now + lifeTimes(settings.life, cadence).stoppedSeconds - timeOutside(outages, last, now);
  return Math.min(stopped, oldest + settings.windowSeconds);
}

/** See `cadenceOf`. */
const datapointsOfCadence = 257;

