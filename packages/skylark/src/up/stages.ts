import type { Stage } from '@skylark/api';
import type { Clock, Sample, Sampler } from '@skylark/core';

export interface StagesOptions {
  readonly sampler: Sampler;
  /** Seconds between now and the newest heartbeat that can be read back. */
  readonly canaryLagSeconds: () => number | null;
  readonly clock: Clock;
}

/** Rates are over at least this long, so that two pages asking at once do not spoil them. */
const shortestMs = 2000;

interface Reading {
  readonly atMs: number;
  readonly totals: ReadonlyMap<string, number>;
}

/** The stages of the data path for the status page, from the figures of all roles. */
export function createStages({ sampler, canaryLagSeconds, clock }: StagesOptions): () => readonly Stage[] {
  let older: Reading | null = null;
  let newer: Reading | null = null;
  return () => {
    const samples = sampler();
    const totals = { atMs: clock.elapsedMs(), totals: totalsOf(samples) };
    if (!newer || totals.atMs - newer.atMs >= shortestMs) [older, newer] = [newer, totals];
    const rate = (name: string): number => rateOf(name, older, totals);
    const gauge = (name: string): number => sumOf(samples, name) ?? 0;
    return [
      { name: 'horizon', ratePerSecond: rate('skylark_ingest_accepted_total'), lagSeconds: canaryLagSeconds(), dropped: gauge('skylark_ingest_dropped_total') },
      { name: 'analyzer', ratePerSecond: rate('skylark_analyzer_slots_total'), lagSeconds: sumOf(samples, 'skylark_analyzer_lag_seconds'), queue: gauge('skylark_queue_depth'), dropped: coalesced(samples) },
      { name: 'importer', ratePerSecond: rate('skylark_index_documents_total'), lagSeconds: null, queue: gauge('skylark_outbox_documents'), dropped: gauge('skylark_index_dead_letters_total') },
      { name: 'scorer', ratePerSecond: rate('skylark_searches_total'), lagSeconds: null, dropped: 0 },
    ];
  };
}

function totalsOf(samples: readonly Sample[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { name, value } of samples) totals.set(name, (totals.get(name) ?? 0) + value);
  return totals;
}

function rateOf(name: string, before: Reading | null, now: Reading): number {
  const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
  return seconds <= 0 ? 0 : Math.max(0, ((now.totals.get(name) ?? 0) - (before?.totals.get(name) ?? 0)) / seconds);
}

function sumOf(samples: readonly Sample[], name: string): number | null {
  const found = samples.filter((sample) => sample.name === name);
  return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
}

function coalesced(samples: readonly Sample[]): number {
  return samples.filter(({ name, labels }) => name === 'skylark_analyzer_slots_total' && labels['result'] !== 'judged').reduce((sum, { value }) => sum + value, 0);
}
