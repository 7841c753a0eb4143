import type { Datapoint, HealthCheck, IngestProtocol, RejectionReason, Sample, Series } from '@skylark/core';
import type { ItemSink } from '../decoders/decoder.js';

/** A sink of a protocol without acknowledgement. */
export interface IntakeSink extends ItemSink {
  /** Call before each chunk of input: it reads the clock for all of the chunk. */
  touch(): void;
  /** Items this protocol delivered so far, over all sinks: tells whether a chunk completed an item. */
  readonly received: number;
}

export interface SinkOptions {
  /** True where senders cannot be made to wait (UDP): while paused, items are counted drops. */
  readonly droppable?: boolean;
}

/** One request of a protocol with acknowledgement: datapoints gathered apart, then stored as one. End it by `commit` or by `abandon`. */
export interface Submission extends ItemSink {
  /** Datapoints that passed the rules so far. */
  readonly taken: number;
  /**
   * Resolves when everything taken is durable; then, and only then, it counts as accepted. Rejects with the store's error, or
   * `store-away` when there was no room: then all of it counts as dropped, and the sender should repeat the request.
   */
  commit(): Promise<void>;
  /** The request turned out to be unreadable: nothing of it is stored, it counts as one item rejected for the reason. */
  abandon(reason: RejectionReason): void;
}

/** What a submission tells of each refused item, whether its decoder refused it or a rule: its place among the request's items, from 0. */
export type RefusalListener = (reason: RejectionReason, index: number, detail: string | undefined) => void;

/** Where datapoints come together: rules, counters, batches. See `createIntake`. */
export interface Intake {
  sink(protocol: IngestProtocol, options?: SinkOptions): IntakeSink;
  begin(protocol: IngestProtocol, onRefusal?: RefusalListener): Submission;
  /** One item of which nothing can be decoded (a body over its limit, a cut stream): received and rejected. */
  refuse(protocol: IngestProtocol, reason: RejectionReason): void;
  /** One item that is not taken for load before it is looked at: received and dropped. */
  drop(protocol: IngestProtocol): void;
  /**
   * For writers inside the process (demo data, self-metrics): durable when it resolves. Not counted as ingest, so that what the counters say is only
   * about senders; not bound by skip, age and cardinality rules. Rejects with `bad-request` on a name or a number that no store could hold, then nothing is stored.
   */
  write(input: readonly (Series | Datapoint)[]): Promise<void>;
  /** True while senders should wait. */
  readonly paused: boolean;
  /** Calls the listener at every change of `paused`; answers how to stop that. */
  onPause(listener: (paused: boolean) => void): () => void;
  samples(): readonly Sample[];
  /** The line `intake` of /readyz. */
  health(): HealthCheck;
  /** Resolves when all that was taken before is stored, or dropped and counted. */
  flush(): Promise<void>;
  /** Flushes; a store that is away gets a few seconds, then what is left is dropped and counted. Close the listeners first. */
  close(): Promise<void>;
}
