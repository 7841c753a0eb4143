import { isSkylarkError, type Clock, type Logger, type RejectionReason, type SeriesStore } from '@skylark/core';
import { Columns } from './columns.js';
import { internalProtocol, type IngestCounters } from './ingest-counters.js';
import type { NameTable } from './name-table.js';
import type { Pressure } from './pressure.js';

const firstBackoffMs = 50;
const longestBackoffMs = 2000;
const sparesKept = 4;
/** An error that is not the store being away may be the batch's own fault: it is given up after so many tries, so that the rest goes on. */
const triesOfUnexpected = 5;

export interface StreamBufferOptions {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: IngestCounters;
  readonly pressure: Pressure;
  readonly flushMs: number;
  readonly flushRecords: number;
}

/** A full or due batch with how many of each protocol it holds. */
interface Batch {
  columns: Columns;
  readonly byProtocol: Float64Array;
}

/**
 * What came without acknowledgement (TCP, UDP), on its way into the store: a batch being filled while others wait or are being appended.
 * One append at a time, in order of arrival; a store that is away gets the same batch again until it takes it.
 */
export class StreamBuffer {
  readonly #options: StreamBufferOptions;
  readonly #queue: Batch[] = [];
  readonly #spares: Batch[] = [];
  #filling: Batch;
  #due = false;
  #timing = false;
  #running: Promise<void> | null = null;
  #giveUpAtMs = Infinity;
  readonly #closing = new AbortController();

  constructor(options: StreamBufferOptions, table: NameTable) {
    this.#options = options;
    this.#filling = newBatch(table, options.flushRecords);
  }

  /** Takes one datapoint; false when the bound is reached: the caller counts a drop. */
  push(protocol: number, id: number, timestamp: number, value: number): boolean {
    if (this.#filling.columns.length === this.#filling.columns.capacity && !this.#rotate()) return false;
    const { columns, byProtocol } = this.#filling;
    if (columns.length === 0) this.#startTimer();
    columns.push(id, timestamp, value);
    byProtocol[protocol]!++;
    return true;
  }

  /** Batches from now on hold ids of another table. */
  useTable(table: NameTable): void {
    if (this.#filling.columns.length > 0) {
      this.#queue.push(this.#filling);
      this.#options.pressure.add(this.#filling.columns.length);
    }
    this.#spares.length = 0;
    this.#filling = newBatch(table, this.#options.flushRecords);
    this.#run();
  }

  /** Resolves when all that was taken before is stored, or dropped and counted. */
  async flush(): Promise<void> {
    this.#due = true;
    this.#run();
    while (this.#running !== null) await this.#running;
  }

  /** As flush, but gives a store that is away `graceMs` only: then what is left is dropped and counted. */
  async close(graceMs: number): Promise<void> {
    this.#giveUpAtMs = this.#options.clock.elapsedMs() + graceMs;
    this.#closing.abort();
    await this.flush();
  }

  #startTimer(): void {
    if (this.#timing) return;
    this.#timing = true;
    void this.#options.clock.sleep(this.#options.flushMs, this.#closing.signal).then(() => {
      this.#timing = false;
      this.#due = true;
      this.#run();
    });
  }

  /** The batch being filled joins the queue, if there is room for another. */
  #rotate(): boolean {
    const { pressure, flushRecords } = this.#options;
    const full = this.#filling;
    if (!pressure.hasRoomFor(full.columns.length)) return false;
    this.#queue.push(full);
    this.#filling = this.#spares.pop() ?? newBatch(full.columns.table, flushRecords);
    pressure.add(full.columns.length);
    this.#run();
    return true;
  }

  #run(): void {
    this.#running ??= this.#appendAll().finally(() => {
      this.#running = null;
      if (this.#queue.length > 0 || this.#due) this.#run();
    });
  }

  async #appendAll(): Promise<void> {
    for (;;) {
      if (this.#queue.length === 0 && this.#due) {
        this.#due = false;
        this.#takeDue();
      }
      const batch = this.#queue[0];
      if (batch === undefined) return;
      await this.#store(batch);
      this.#queue.shift();
      this.#options.pressure.add(-batch.columns.length);
      this.#recycle(batch);
    }
  }

  #takeDue(): void {
    const { columns } = this.#filling;
    if (columns.length === 0) return;
    this.#queue.push(this.#filling);
    this.#options.pressure.add(columns.length);
    this.#filling = this.#spares.pop() ?? newBatch(columns.table, this.#options.flushRecords);
  }

  #recycle(batch: Batch): void {
    if (batch.columns.table !== this.#filling.columns.table || this.#spares.length >= sparesKept) return;
    batch.columns.length = 0;
    batch.byProtocol.fill(0);
    this.#spares.push(batch);
  }

  async #store(batch: Batch): Promise<void> {
    const { counters, store, clock } = this.#options;
    for (let tries = 1, backoffMs = firstBackoffMs; ; tries++, backoffMs = Math.min(2 * backoffMs, longestBackoffMs)) {
      try {
        await batch.columns.appendTo(store);
        this.#setAway(null);
        batch.byProtocol.forEach((count, protocol) => (counters.accepted[protocol]! += count));
        return;
      } catch (error) {
        this.#setAway(isSkylarkError(error) ? error.code : 'internal', error);
        if (this.#mustGiveUp(error, tries)) {
          batch.byProtocol.forEach((count, protocol) => count > 0 && counters.drop(protocol, 'store-away', count));
          return;
        }
      }
      await clock.sleep(backoffMs);
    }
  }

  #mustGiveUp(error: unknown, tries: number): boolean {
    if (this.#options.clock.elapsedMs() >= this.#giveUpAtMs) return true;
    const away = (['store-away', 'store-full', 'store-failed'] as const).some((code) => isSkylarkError(error, code));
    return isSkylarkError(error, 'store-closed') || (!away && tries >= triesOfUnexpected);
  }

  #setAway(code: string | null, error?: unknown): void {
    const { pressure, logger } = this.#options;
    if (pressure.away === code) return;
    if (code === null) logger.info('intake.store-back');
    else logger.warn('intake.store-away', { code, error: String(error) });
    pressure.away = code;
  }
}

function newBatch(table: NameTable, capacity: number): Batch {
  return { columns: new Columns(table, capacity), byProtocol: new Float64Array(internalProtocol + 1) };
}

/** The reason of a drop at the bound. */
export function dropReason(pressure: Pressure): RejectionReason {
  return pressure.away === null ? 'overload' : 'store-away';
}
