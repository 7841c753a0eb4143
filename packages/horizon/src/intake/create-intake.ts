import { SkylarkError, type Clock, type Datapoint, type HealthCheck, type Logger, type Sample, type Series, type SeriesStore } from '@skylark/core';
import { checkMetricName } from '../names/metric-name.js';
import { Columns } from './columns.js';
import { Gate, type IntakeRules } from './gate.js';
import { createGroupCommit } from './group-commit.js';
import { IngestCounters, protocolIndex } from './ingest-counters.js';
import type { Intake } from './intake.js';
import { followRemovals, loadNames } from './known-names.js';
import { Pressure } from './pressure.js';
import { StreamBuffer } from './stream-buffer.js';
import { createStreamSink } from './stream-sink.js';
import { createSubmission, type SubmissionParts } from './submission.js';

export interface IntakeOptions {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rules: IntakeRules;
  /** Longest a datapoint waits for company before it is stored (250). */
  readonly flushMs?: number;
  /** Datapoints of a full batch (32,768). */
  readonly flushRecords?: number;
  /** Datapoints in hand at most (2,000,000, 20 bytes each); senders are made to wait at three quarters of it. */
  readonly maxBufferedDatapoints?: number;
  /** How long `close` waits for a store that is away (5,000). */
  readonly closeGraceMs?: number;
  /** Why the store has no room for new metrics now; null when it has. Asked for every new name: their datapoints are dropped (`overload`), known metrics go on. */
  readonly shortage?: () => string | null;
}

/**
 * The intake: every decoder's items pass its rules and counters and reach the store in batches.
 *
 * Takes the names that the store already holds first, so that limits on new metrics never meet an old one.
 * A store that is away when this is called: rejects with its error.
 *
 * @example
 * const intake = await createIntake({ store: backend.series, clock, logger, rules });
 * const listener = await listenCarbonTcp({ host: '127.0.0.1', port: 2003, intake, clock, logger });
 */
export async function createIntake(options: IntakeOptions): Promise<Intake> {
  const { store, clock, logger, flushMs = 250, maxBufferedDatapoints = 2_000_000, closeGraceMs = 5000 } = options;
  const gate = new Gate(options.rules, clock, await loadNames(store), options.shortage);
  const counters = new IngestCounters(clock, logger);
  const pressure = new Pressure(maxBufferedDatapoints);
  const flushRecords = Math.max(1, Math.min(options.flushRecords ?? 32_768, Math.floor(maxBufferedDatapoints / 8)));
  const buffer = new StreamBuffer({ store, clock, logger, counters, pressure, flushMs, flushRecords }, gate.table);
  const makeRoom = followRemovals({ store, clock, logger, gate, onReplaced: (table) => buffer.useTable(table) });
  const commit = createGroupCommit(store);
  const parts: SubmissionParts = { gate, counters, pressure, commit, makeRoom };

  return {
    sink: (protocol, { droppable = false } = {}) => createStreamSink({ gate, counters, pressure, buffer, makeRoom, protocol: protocolIndex(protocol), droppable }),
    begin: (protocol, onRefusal) => createSubmission(parts, protocolIndex(protocol), onRefusal),
    refuse(protocol, reason) {
      counters.received[protocolIndex(protocol)]!++;
      counters.reject(protocolIndex(protocol), reason);
    },
    drop(protocol) {
      counters.received[protocolIndex(protocol)]!++;
      counters.drop(protocolIndex(protocol), pressure.away === null ? 'overload' : 'store-away');
    },
    write: async (input) => commit(gathered(gate, input)),
    get paused() {
      return pressure.paused;
    },
    onPause: (listener) => pressure.subscribe(listener),
    samples: () => [...counters.samples(), ...ownSamples(gate, pressure)],
    health: () => healthOf(pressure, gate.shortage),
    flush: () => buffer.flush(),
    close: () => buffer.close(closeGraceMs),
  };
}

/** Columns of what a writer inside the process hands over. */
function gathered(gate: Gate, input: readonly (Series | Datapoint)[]): Columns {
  const columns = new Columns(gate.table, 64);
  for (const item of input) {
    const id = idOf(gate, item.metric);
    if ('timestamp' in item) pushChecked(columns, id, item.timestamp, item.value);
    else item.timestamps.forEach((timestamp, index) => pushChecked(columns, id, timestamp, item.values[index] ?? NaN));
  }
  return columns;
}

function idOf(gate: Gate, metric: string): number {
  const bytes = gate.encode(metric);
  if (bytes === null || checkMetricName(metric, gate.rules.maxNameBytes) !== null) throw new SkylarkError('bad-request', `not a usable metric name: ${JSON.stringify(metric.slice(0, 100))}`);
  const known = gate.table.find(bytes, 0, bytes.length);
  const id = known >= 0 ? known : gate.enter(bytes, 0, bytes.length);
  if (typeof id !== 'number') throw new SkylarkError('bad-request', `no room for the metric name ${JSON.stringify(metric.slice(0, 100))}`);
  return id;
}

function pushChecked(columns: Columns, id: number, timestamp: number, value: number): void {
  if (!Number.isFinite(value) || !(timestamp > 0 && timestamp < 2 ** 32)) {
    throw new SkylarkError('bad-request', `not a datapoint: ${columns.table.nameOf(id)} ${value} ${timestamp}`);
  }
  columns.reserve(columns.length + 1);
  columns.push(id, timestamp, value);
}

/** Known metrics go on in a shortage: so it is a remark. */
function healthOf(pressure: Pressure, shortage: string | null): HealthCheck {
  if (pressure.away !== null || pressure.paused) return { name: 'intake', ok: false, reason: reasonOf(pressure) };
  return { name: 'intake', ok: true, ...(shortage !== null && { reason: `new metrics are refused: ${shortage}` }) };
}

function reasonOf({ away, held }: Pressure): string {
  return `${away ?? 'the store is slower than what arrives'}; ${held} datapoints in hand`;
}

function ownSamples(gate: Gate, pressure: Pressure): Sample[] {
  const gauge = (name: string, help: string, value: number): Sample => ({ name, help, kind: 'gauge', labels: {}, value });
  return [
    gauge('skylark_intake_metrics', 'Metrics the intake knows', gate.kept),
    gauge('skylark_intake_held_datapoints', 'Datapoints taken and not yet stored', pressure.held),
    gauge('skylark_intake_paused', '1 while senders are made to wait', pressure.paused ? 1 : 0),
    gauge('skylark_intake_shedding', '1 while new metrics are refused for want of room in the store', gate.shortage === null ? 0 : 1),
  ];
}
