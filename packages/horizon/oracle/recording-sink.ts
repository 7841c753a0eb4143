import type { RejectionReason } from '@skylark/core';
import type { ItemSink } from '../src/decoders/decoder.js';

export interface Recorded {
  readonly metric: string;
  /** null: now. */
  readonly timestamp: number | null;
  readonly value: number;
}

export interface Refused {
  readonly rejected: RejectionReason;
  readonly offset: number;
  readonly bytes: number;
}

export interface RecordingSink extends ItemSink {
  /** Everything in the order in which it came. */
  readonly items: (Recorded | Refused)[];
  readonly datapoints: Recorded[];
  readonly reasons: RejectionReason[];
}

/** Remembers what a decoder hands over. */
export function createRecordingSink(): RecordingSink {
  const items: (Recorded | Refused)[] = [];
  const keep = (metric: string, timestamp: number, value: number): void => {
    items.push({ metric, timestamp: Number.isNaN(timestamp) ? null : timestamp, value });
  };
  return {
    items,
    get datapoints() {
      return items.filter((item): item is Recorded => 'metric' in item);
    },
    get reasons() {
      return items.flatMap((item) => ('rejected' in item ? [item.rejected] : []));
    },
    datapointBytes(bytes, start, end, timestamp, value) {
      keep(Buffer.from(bytes.subarray(start, end)).toString('utf8'), timestamp, value);
    },
    datapoint: keep,
    reject(rejected, offset, bytes) {
      items.push({ rejected, offset, bytes });
    },
  };
}
