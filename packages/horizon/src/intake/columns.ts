import type { SeriesStore } from '@skylark/core';
import { noHandle, type NameTable } from './name-table.js';

/** Datapoints of one append: about ten milliseconds of the calling thread. */
const pieceDatapoints = 32_768;

/** Datapoints on their way into the store: ids of one name table, beside time and value. */
export class Columns {
  readonly table: NameTable;
  ids: Uint32Array;
  timestamps: Float64Array;
  values: Float64Array;
  length = 0;
  #handles = new Uint32Array(0);

  constructor(table: NameTable, capacity: number) {
    this.table = table;
    this.ids = new Uint32Array(capacity);
    this.timestamps = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
  }

  get capacity(): number {
    return this.ids.length;
  }

  /** The caller has seen to it that there is room. */
  push(id: number, timestamp: number, value: number): void {
    const at = this.length++;
    this.ids[at] = id;
    this.timestamps[at] = timestamp;
    this.values[at] = value;
  }

  reserve(capacity: number): void {
    if (capacity <= this.capacity) return;
    const size = Math.max(capacity, 2 * this.capacity);
    this.ids = copied(this.ids, new Uint32Array(size), this.length);
    this.timestamps = copied(this.timestamps, new Float64Array(size), this.length);
    this.values = copied(this.values, new Float64Array(size), this.length);
  }

  addAll(other: Columns): void {
    this.reserve(this.length + other.length);
    this.ids.set(other.ids.subarray(0, other.length), this.length);
    this.timestamps.set(other.timestamps.subarray(0, other.length), this.length);
    this.values.set(other.values.subarray(0, other.length), this.length);
    this.length += other.length;
  }

  /**
   * Resolves when the store holds every datapoint; rejects as `SeriesStore.append` does, and may then be repeated. Goes in pieces, so that
   * a long request holds up the event loop no longer than a short one: after a failure a part may be stored.
   */
  async appendTo(store: SeriesStore): Promise<void> {
    for (let from = 0; from < this.length; from += pieceDatapoints) await this.#appendPiece(store, from, Math.min(this.length, from + pieceDatapoints));
  }

  async #appendPiece(store: SeriesStore, from: number, to: number): Promise<void> {
    const missing = this.#mapHandles(from, to);
    if (missing.length > 0) {
      const found = await store.handles(missing.map((id) => this.table.nameOf(id)));
      const { handles } = this.table;
      missing.forEach((id, index) => (handles[id] = found[index]!));
      this.#mapHandles(from, to);
    }
    await store.append({ handles: this.#handles, timestamps: this.timestamps.subarray(from, to), values: this.values.subarray(from, to), length: to - from });
  }

  /** Fills in the handles of a piece; answers the ids that have none yet. */
  #mapHandles(from: number, to: number): number[] {
    const { ids, table } = this;
    const { handles } = table;
    if (this.#handles.length < to - from) this.#handles = new Uint32Array(Math.min(this.capacity, pieceDatapoints));
    const mapped = this.#handles;
    const missing = new Set<number>();
    for (let i = from; i < to; i++) {
      const handle = handles[ids[i]!]!;
      mapped[i - from] = handle;
      if (handle === noHandle) missing.add(ids[i]!);
    }
    return [...missing];
  }
}

function copied<Column extends Uint32Array | Float64Array>(from: Column, to: Column, length: number): Column {
  to.set(from.subarray(0, length));
  return to;
}
