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
  readonly makeRoom: () => void;
}

const roomStep = 1024;

/** Gathers one request's datapoints; see `Submission`. Rules are applied now, room is taken in steps, nothing is stored before `commit`. */
export function createSubmission({ gate, counters, pressure, commit, makeRoom }: SubmissionParts, protocol: number, onRefusal?: RefusalListener): Submission {
  gate.touch();
  const { now } = gate;
  const columns = new Columns(gate.table, 64);
  let reserved = 0;
  let overloaded = 0;
  let items = 0;

  function refuse(reason: RejectionReason, offset = items, bytes = 0, detail?: string): void {
    items++;
    counters.received[protocol]!++;
    counters.reject(protocol, reason);
    onRefusal?.(reason, offset, bytes, detail);
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
    let id: number | RejectionReason = columns.table.find(bytes, start, end);
    if (id < 0) id = gate.admit(bytes, start, end, columns.table);
    else if (columns.table.skipped[id] === 1) return refuse('skipped');
    if (typeof id !== 'number') {
      if (id === 'too-many-metrics') makeRoom();
      return refuse(id);
    }
    items++;
    counters.received[protocol]!++;
    if (hasRoom()) columns.push(id, timestamp, value);
    else overloaded++;
  }

  return {
    get taken() {
      return columns.length;
    },
    get overloaded() {
      return overloaded > 0;
    },
    datapointBytes: take,
    datapoint(metric, timestamp, value) {
      const bytes = gate.encode(metric);
      if (bytes === null) refuse('bad-name');
      else take(bytes, 0, bytes.length, timestamp, value);
    },
    reject(reason, offset, bytes, detail) {
      refuse(reason, offset, bytes, detail);
    },
    async commit() {
      try {
        if (overloaded > 0) throw new SkylarkError('store-away', 'more is in hand than can be kept: repeat the request later');
        await commit(columns);
        counters.accepted[protocol]! += columns.length;
      } catch (error) {
        counters.drop(protocol, overloaded > 0 ? dropReason(pressure) : 'store-away', columns.length + overloaded);
        throw error;
      } finally {
        pressure.add(-reserved);
      }
    },
  };
}
