import type { RejectionReason } from '@skylark/core';

/** Where decoded items go. Called synchronously, in order. A timestamp of NaN means now (carbon's -1, a line without one). */
export interface ItemSink {
  /** A datapoint whose name is the UTF-8 bytes `bytes[nameStart, nameEnd)`, valid during the call only: no string is made on the hot path. */
  datapointBytes(bytes: Uint8Array, nameStart: number, nameEnd: number, timestamp: number, value: number): void;
  /** The same with a name that is a string already. */
  datapoint(metric: string, timestamp: number, value: number): void;
  /** One unusable item: where it starts in the stream or body (JSON: its flattened index), how many bytes it has, and a short detail for messages. */
  reject(reason: RejectionReason, offset: number, bytes: number, detail?: string): void;
}

/** Decodes a stream; keeps the half item between chunks with bounded memory. */
export interface StreamDecoder {
  write(chunk: Uint8Array): void;
  /** The stream has ended: a rest is `incomplete`. */
  end(): void;
  /** True after a length over the limit: the connection must be closed. */
  readonly broken: boolean;
}
