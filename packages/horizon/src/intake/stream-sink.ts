import type { Gate } from './gate.js';
import type { IngestCounters } from './ingest-counters.js';
import type { IntakeSink } from './intake.js';
import type { Pressure } from './pressure.js';
import { dropReason, type StreamBuffer } from './stream-buffer.js';

export interface StreamSinkParts {
  readonly gate: Gate;
  readonly counters: IngestCounters;
  readonly pressure: Pressure;
  readonly buffer: StreamBuffer;
  /** Called when a name was refused for want of room. */
  readonly makeRoom: () => void;
  /** Index in the counters. */
  readonly protocol: number;
  readonly droppable: boolean;
}

/** The hot path: a datapoint of a known metric costs one hash, one look-up and three stores into columns. */
export function createStreamSink({ gate, counters, pressure, buffer, makeRoom, protocol, droppable }: StreamSinkParts): IntakeSink {
  const { received } = counters;

  function take(bytes: Uint8Array, nameStart: number, nameEnd: number, sent: number, value: number): void {
    received[protocol]!++;
    const timestamp = sent === sent ? sent : Math.floor(gate.now);
    if (!(timestamp >= gate.oldest && timestamp <= gate.newest) || value - value !== 0) return refuse(timestamp, value);
    const { table } = gate;
    let id = table.find(bytes, nameStart, nameEnd);
    if (id < 0) {
      const admitted = gate.admit(bytes, nameStart, nameEnd);
      if (typeof admitted !== 'number') {
        if (admitted === 'overload') return counters.drop(protocol, admitted);
        if (admitted === 'too-many-metrics') makeRoom();
        return counters.reject(protocol, admitted);
      }
      id = admitted;
    } else if (table.skipped[id] === 1) return counters.reject(protocol, 'skipped');
    if ((droppable && pressure.paused) || !buffer.push(protocol, id, timestamp, value)) counters.drop(protocol, dropReason(pressure));
  }

  function refuse(timestamp: number, value: number): void {
    counters.reject(protocol, gate.refusalOf(timestamp, value) ?? 'bad-timestamp');
  }

  return {
    datapointBytes: take,
    datapoint(metric, timestamp, value) {
      const bytes = gate.encode(metric);
      if (bytes !== null) return take(bytes, 0, bytes.length, timestamp, value);
      received[protocol]!++;
      counters.reject(protocol, 'bad-name');
    },
    reject(reason) {
      received[protocol]!++;
      counters.reject(protocol, reason);
    },
    touch: () => gate.touch(),
    get received() {
      return received[protocol] ?? 0;
    },
  };
}
