import { SkylarkError, type RejectionReason } from '@skylark/core';
import { Columns } from './columns.js';
import type { Gate } from './gate.js';
import type { IngestCounters } from './ingest-counters.js';
import type { RefusalListener, Submission } from './intake.js';
import type { Pressure } from './pressure.js';
import { dropReason } from './stream-buffer.js';

export interface SubmissionParts {
  readonly gate: Gate;
  readonly counters: IngestCounters;
  readonly pressure: Pressure;
  /** Resolves when the columns are durable. */
  readonly commit: (columns: Columns) => Promise<void>;
  /** Called when a name was refused for want of room. */
  readonly makeRoom: () => void;
}

const roomStep = 1024;

/** Gathers one request's datapoints; see `Submission`. Rules are applied at once, room is taken in steps, nothing is stored or counted before `commit`. */
export function createSubmission({ gate, counters, pressure, commit, makeRoom }: SubmissionParts, protocol: number, onRefusal?: RefusalListener): Submission {
  gate.touch();
  const { now } = gate;
  const columns = new Columns(gate.table, 64);
  const refused = new Map<RejectionReason, number>();
  let reserved = 0;
  let items = 0;
  let withoutRoom = 0;

  function refuse(reason: RejectionReason, detail?: string): void {
    if (reason === 'too-many-metrics') makeRoom();
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
    const index = items++;
    onRefusal?.(reason, index, detail);
  }

  function hasRoom(): boolean {
    if (columns.length < reserved) return true;
    if (!pressure.hasRoomFor(roomStep)) return false;
    pressure.add(roomStep);
    reserved += roomStep;
    columns.reserve(reserved);
    return true;
  }

  function take(bytes: Uint8Array, start: number, end: number, sent: number, value: number): void {
    const timestamp = sent === sent ? sent : Math.floor(now * 1000) / 1000;
    const refusal = gate.refusalOf(timestamp, value);
    if (refusal !== null) return refuse(refusal);
    const known = columns.table.find(bytes, start, end);
    const id = known >= 0 ? known : gate.admit(bytes, start, end, columns.table);
    if (typeof id !== 'number') return refuse(id);
    if (columns.table.skipped[id] === 1) return refuse('skipped');
    items++;
    if (hasRoom()) columns.push(id, timestamp, value);
    else withoutRoom++;
  }

  function countAll(): void {
    counters.received[protocol]! += items;
    // A new name that the store has no room for is valid: refused for load, not by a rule.
    for (const [reason, count] of refused) counters[reason === 'overload' ? 'drop' : 'reject'](protocol, reason, count);
  }

  function release(): void {
    pressure.add(-reserved);
    reserved = 0;
  }

  return {
    get taken() {
      return columns.length;
    },
    datapointBytes: take,
    datapoint(metric, timestamp, value) {
      const bytes = gate.encode(metric);
      if (bytes === null) refuse('bad-name');
      else take(bytes, 0, bytes.length, timestamp, value);
    },
    reject: (reason, _offset, _bytes, detail) => refuse(reason, detail),
    async commit() {
      countAll();
      try {
        if (withoutRoom > 0) throw new SkylarkError('store-away', 'more is in hand than can be kept: repeat the request later');
        await commit(columns);
        counters.accepted[protocol]! += columns.length;
      } catch (error) {
        counters.drop(protocol, withoutRoom > 0 ? dropReason(pressure) : 'store-away', columns.length + withoutRoom);
        throw error;
      } finally {
        release();
      }
    },
    abandon(reason) {
      release();
      counters.received[protocol]!++;
      counters.reject(protocol, reason);
    },
  };
}
