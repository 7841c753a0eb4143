import type { Datapoint, RejectionReason } from '@skylark/core';
import { checkMetricName } from '../names/metric-name.js';
import { asBuffer } from './bytes.js';
import { createCarbonDecoder } from './carbon/carbon-decoder.js';
import type { ItemSink, StreamDecoder } from './decoder.js';
import { decodeLineProtocolInSlices } from './influx/line-protocol.js';
import type { Precision } from './influx/precision.js';
import { measureMsgpack } from './msgpack/measure-msgpack.js';
import { decodeSkylineValue, skylineBounds } from './msgpack/skyline-datagram.js';
import { createPickleDecoder } from './pickle/pickle-decoder.js';

export type OfflineProtocol = 'carbon' | 'pickle' | 'msgpack' | 'influx';

/** An item that is not usable: where it starts in the bytes, and how many it has. */
export interface RejectedItem {
  readonly rejected: RejectionReason;
  readonly offset: number;
  readonly bytes: number;
}

export interface DecodeAllOptions {
  /** What "now" is, in nanoseconds since the epoch: for items that leave the time to the receiver. */
  readonly nowNs: bigint;
  /** Unit of influx timestamps (`n`). */
  readonly precision?: Precision;
  /** Longest name (1,024). */
  readonly maxNameBytes?: number;
}

const newline = 0x0a;
const framePrefixBytes = 4;

/**
 * Decodes bytes as a listener would get them, by the listeners' own decoders, with the rule of names and no other: carbon lines, pickle frames with
 * their length, msgpack values one after the other, line protocol. Lazy; items come in the order of the bytes.
 *
 * @example [...decodeAll('carbon', Buffer.from('a 1 2\nb\n'), { nowNs: 0n })] // [{ metric: 'a', timestamp: 2, value: 1 }, { rejected: 'syntax', offset: 6, bytes: 1 }]
 */
export function* decodeAll(protocol: OfflineProtocol, bytes: Uint8Array, options: DecodeAllOptions): Generator<Datapoint | RejectedItem> {
  const items: (Datapoint | RejectedItem)[] = [];
  const place = { offset: 0, bytes: 0 };
  const sink = createItemList(items, place, options);
  for (const piece of pieces[protocol](asBuffer(bytes), sink, options)) {
    // A piece is announced before it is decoded: what is listed now came of the one before.
    yield* items.splice(0);
    Object.assign(place, piece);
  }
  yield* items.splice(0);
}

interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** Yields the place of each item just before it is decoded, so that a name that breaks a rule is reported at its item. */
type PieceDecoder = (bytes: Buffer, sink: ItemSink, options: DecodeAllOptions) => Iterable<Place>;

const pieces: Readonly<Record<OfflineProtocol, PieceDecoder>> = {
  *carbon(bytes, sink) {
    yield* feed(bytes, createCarbonDecoder(sink), (start) => {
      const end = bytes.indexOf(newline, start);
      return end < 0 ? { next: bytes.length, end: bytes.length } : { next: end + 1, end };
    });
  },
  *pickle(bytes, sink) {
    yield* feed(bytes, createPickleDecoder(sink), (start) => {
      const length = bytes.length - start < framePrefixBytes ? 0 : bytes.readUInt32BE(start);
      const end = Math.min(bytes.length, start + framePrefixBytes + length);
      return { next: end, end };
    });
  },
  *msgpack(bytes, sink) {
    for (let at = 0; at < bytes.length; ) {
      const measured = measureMsgpack(bytes, at, skylineBounds);
      yield { offset: at, bytes: ('end' in measured ? measured.end : bytes.length) - at };
      at = decodeSkylineValue(bytes, at, sink);
    }
  },
  *influx(bytes, sink, { nowNs, precision = 'n' }) {
    const lines = decodeLineProtocolInSlices(bytes, sink, { defaultTimestampNs: nowNs, precision, sliceBytes: 1 });
    for (let step = lines.next(); step.done !== true; step = lines.next()) {
      const end = bytes.indexOf(newline, step.value);
      yield { offset: step.value, bytes: (end < 0 ? bytes.length : end) - step.value };
    }
  },
};

/** Hands a stream to its decoder item by item. */
function* feed(bytes: Buffer, decoder: StreamDecoder, itemAt: (start: number) => { readonly end: number; readonly next: number }): Generator<Place> {
  for (let start = 0; start < bytes.length && !decoder.broken; ) {
    const { end, next } = itemAt(start);
    yield { offset: start, bytes: end - start };
    decoder.write(bytes.subarray(start, next));
    start = next;
  }
  decoder.end();
}

function createItemList(items: (Datapoint | RejectedItem)[], place: Place, { nowNs, maxNameBytes = 1024 }: DecodeAllOptions): ItemSink {
  const now = Number(`${nowNs}e-9`);
  const take = (metric: string, sent: number, value: number): void => {
    const refusal = checkMetricName(metric, maxNameBytes);
    const timestamp = Number.isNaN(sent) ? now : sent;
    items.push(refusal === null ? { metric, timestamp, value } : { rejected: refusal, ...place });
  };
  return {
    datapoint: take,
    datapointBytes: (bytes, start, end, timestamp, value) => take(asBuffer(bytes).toString('utf8', start, end), timestamp, value),
    reject: (rejected, offset, length) => void items.push({ rejected, offset, bytes: length }),
  };
}
