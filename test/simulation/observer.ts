import { type AnomalyFinding, type Fence, isSkylarkError, type Json, shardOf, type ShardNews } from '@skylark/core';
import type { ClaimedJob } from './memory/job-table.js';
import type { MemoryStore } from './memory/memory-store.js';
import type { PortCall } from './memory/open-memory.js';
import type { Outcome } from './network.js';
import { intervalSeconds } from './plan.js';
import type { SimulatedProcess } from './process.js';

/** A round record that took effect. */
export interface JudgedSlot {
  readonly shard: number;
  readonly slot: number;
  readonly skipped: number;
  readonly coalesced: number;
  readonly by: string;
  readonly atSeconds: number;
}

/** Something of a slot that took effect: its findings, or its round record. Of a slot without findings there is only the record. */
export interface Effect {
  readonly shard: number;
  readonly slot: number;
  readonly wrote: 'findings' | 'record';
}

/** Everything that reached the servers in a run, as far as a promise is about it. */
export interface Observed {
  readonly judged: JudgedSlot[];
  /** What reached the servers of the slots, in that order. */
  readonly effects: Effect[];
  /** New jobs by minute of true time. */
  readonly jobsPerMinute: Map<number, number>;
  /** How often a run met what it is meant to meet: refusals by their code, rebuilds, jobs handed out again. */
  readonly met: Map<string, number>;
  /** What must never happen, seen as it happened. */
  readonly violations: string[];
  carriedOut(from: SimulatedProcess, call: PortCall<unknown>, outcome: Outcome): void;
}

/** Watches what the servers carry out. Who owns a lease is told by the answers that the lease's model gave, not by what the shipped code believes. */
export function createObserver(store: MemoryStore, nowSeconds: () => number): Observed {
  const owners = new Map<string, { token: number; name: string }>();
  const judged: JudgedSlot[] = [];
  const effects: Effect[] = [];
  const jobsPerMinute = new Map<number, number>();
  const violations: string[] = [];
  const met = new Map<string, number>();
  const meet = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
  let lastRound = -Infinity;

  const mustOwn = (from: SimulatedProcess, lease: string, what: string): void => {
    const owner = owners.get(lease);
    if (owner?.name !== from.name) violations.push(`${what} by ${from.name} took effect, but ${lease} belongs to ${owner?.name ?? 'nobody'}`);
  };
  const onSet = (from: SimulatedProcess, key: string, value: Json): void => {
    if (key.startsWith('analyzer/rounds/')) {
      const { slot, skipped = 0, coalesced = 0 } = value as unknown as JudgedSlot;
      const shard = Number(key.slice('analyzer/rounds/'.length));
      mustOwn(from, `analyzer/shard-${shard}`, `the record of slot ${slot}`);
      judged.push({ shard, slot, skipped, coalesced, by: from.name, atSeconds: nowSeconds() });
      effects.push({ shard, slot, wrote: 'record' });
    } else if (key === 'importer/cursor') mustOwn(from, 'importer', 'the cursor');
    else if (key === 'analyzer/last-round') {
      const { slot } = value as { slot: number };
      if (slot < lastRound) violations.push(`the last round went back from ${lastRound} to ${slot}, by ${from.name}`);
      lastRound = slot;
    }
  };
  const onRecord = (from: SimulatedProcess, findings: readonly AnomalyFinding[]): void => {
    for (const shard of new Set(findings.map(({ metric }) => shardOf(metric, store.shards)))) {
      mustOwn(from, `analyzer/shard-${shard}`, `findings of ${findings.map(({ metric }) => metric).join(', ')}`);
      effects.push({ shard, slot: findings[0]!.updated / intervalSeconds, wrote: 'findings' });
    }
  };
  return {
    judged,
    effects,
    jobsPerMinute,
    met,
    violations,
    carriedOut(from, { port, method, about }, outcome) {
      if ('error' in outcome) return isSkylarkError(outcome.error) ? meet(outcome.error.code) : undefined;
      if (port === 'index' && method === 'swap') meet('rebuild');
      const { answer } = outcome;
      if (port === 'snapshots') meet(method === 'write' ? 'states kept' : answer === null ? 'no states' : 'states taken over');
      if (method === 'follow' && port === 'series' && about[1] !== null && (answer as ShardNews).missed) meet('log missed');
      if (method === 'acquire' && answer !== null) owners.set(about[0] as string, { token: (answer as Fence).token, name: from.name });
      if (port === 'state' && method === 'set') onSet(from, about[0] as string, about[1] as Json);
      if (port === 'log' && method === 'record') onRecord(from, about[0] as readonly AnomalyFinding[]);
      if (method === 'claim') for (const { again } of answer as readonly ClaimedJob[]) if (again) meet('handed out again');
      if (port === 'queue' && method === 'add' && about[0] === 'judge') {
        const minute = Math.floor(nowSeconds() / 60);
        jobsPerMinute.set(minute, (jobsPerMinute.get(minute) ?? 0) + (answer as number));
      }
    },
  };
}
