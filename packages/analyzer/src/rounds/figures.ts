import { type AnomalyFinding, type Clock, type Sample, severityOf, type Severity, type Verdict } from '@skylark/core';
import type { QuarantineReason } from './quarantine.js';

export type SlotResult = 'judged' | 'skipped' | 'coalesced';

/** What one shard looked like when this process last judged it. */
export interface ShardFigures {
  readonly slot: number;
  readonly series: number;
  readonly open: readonly AnomalyFinding[];
  readonly quarantined: ReadonlyMap<QuarantineReason, number>;
}

/** What the analyzer counts of itself. Plain sums; shards that somebody else judges by now are left out. */
export interface Figures {
  countSlots(result: SlotResult, count: number): void;
  countVerdict(verdict: Verdict): void;
  /** Series of a shard whose history is not stepped yet, as of its newest slot. */
  countBehind(shard: number, series: number): void;
  /** Series in a slot that had datapoints older than what was judged of them. */
  countLate(series: number): void;
  finishShard(shard: number, figures: ShardFigures, tookMs: number, slotTime: number): void;
  /** Seconds between the time of the newest slot judged and now; null before the first. By the monotonic clock, so no step of the wall clock hides it. */
  lagSeconds(): number | null;
  samples(): readonly Sample[];
}

const severities: readonly Severity[] = ['warning', 'minor', 'major', 'critical'];
const quarantineReasons: readonly QuarantineReason[] = ['throws', 'slow', 'unreadable'];

export function createFigures(clock: Clock): Figures {
  const slots = new Map<SlotResult, number>([['judged', 0], ['skipped', 0], ['coalesced', 0]]);
  const fired = new Map<string, number>();
  const shards = new Map<number, ShardFigures>();
  const behind = new Map<number, number>();
  let late = 0;
  const runs = { count: 0, seconds: 0 };
  let newest: { slotTime: number; lag: number; elapsedMs: number } | null = null;

  const lagSeconds = (): number | null => (newest === null ? null : newest.lag + (clock.elapsedMs() - newest.elapsedMs) / 1000);

  /** Shards judged in the newest slot or the one before. */
  function current(): ShardFigures[] {
    const newestSlot = Math.max(...Array.from(shards.values(), ({ slot }) => slot));
    return [...shards.values()].filter(({ slot }) => slot >= newestSlot - 1);
  }

  return {
    lagSeconds,
    countSlots: (result, count) => void slots.set(result, (slots.get(result) ?? 0) + count),
    countVerdict(verdict) {
      if (verdict.status !== 'anomalous') return;
      for (const [detector, vote] of Object.entries(verdict.votes)) if (vote === true) fired.set(detector, (fired.get(detector) ?? 0) + 1);
    },
    countBehind: (shard, series) => void behind.set(shard, series),
    countLate(series) {
      late += series;
    },
    finishShard(shard, figures, tookMs, slotTime) {
      shards.set(shard, figures);
      runs.count += 1;
      runs.seconds += tookMs / 1000;
      if (newest === null || slotTime >= newest.slotTime) newest = { slotTime, lag: Math.max(0, clock.now() - slotTime), elapsedMs: clock.elapsedMs() };
    },
    samples() {
      const seen = current();
      const open = seen.flatMap((figures) => figures.open);
      const lag = lagSeconds();
      return [
        ...Array.from(slots, ([result, value]) => counter('skylark_analyzer_slots_total', 'Shard slots by what became of them', value, { result })),
        counter('skylark_analyzer_run_seconds_sum', 'Time spent judging one shard at one slot', runs.seconds),
        counter('skylark_analyzer_run_seconds_count', 'Time spent judging one shard at one slot', runs.count),
        ...(lag === null ? [] : [gauge('skylark_analyzer_lag_seconds', 'Age of the newest slot judged', lag)]),
        ...(behind.size === 0 ? [] : [
          gauge('skylark_series_behind', 'Series whose history the default ensemble has not gone through yet', sum([...behind.values()], (series) => series)),
          counter('skylark_analyzer_late_total', 'Series in a slot with datapoints that came after newer ones were judged', late),
        ]),
        gauge('skylark_series', 'Series that are judged', sum(seen, ({ series }) => series)),
        ...severities.map((severity) => gauge('skylark_anomalies_open', 'Open anomalies', open.filter(({ score }) => severityOf(score) === severity).length, { severity })),
        ...quarantineReasons.map((reason) => gauge('skylark_series_quarantined', 'Series not judged for a while', sum(seen, ({ quarantined }) => quarantined.get(reason) ?? 0), { reason })),
        ...Array.from(fired, ([detector, value]) => counter('skylark_detector_fired_total', 'Votes for anomalous in anomalous verdicts', value, { detector })),
      ];
    },
  };
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number => items.reduce((total, item) => total + of(item), 0);

function counter(name: string, help: string, value: number, labels: Sample['labels'] = {}): Sample {
  return { name, help, kind: 'counter', labels, value };
}

function gauge(name: string, help: string, value: number, labels: Sample['labels'] = {}): Sample {
  return { name, help, kind: 'gauge', labels, value };
}
