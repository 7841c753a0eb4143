/** Timestamps and values of one metric, side by side. */
export interface Columns {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

export const noColumns: Columns = { timestamps: new Float64Array(0), values: new Float64Array(0) };

/** Datapoints of many slots (a slot stands for a metric) in order of append; grows as needed. */
export interface Gathered {
  slots: Uint32Array;
  timestamps: Float64Array;
  values: Float64Array;
  length: number;
}

export const gathered = (): Gathered => ({ slots: new Uint32Array(256), timestamps: new Float64Array(256), values: new Float64Array(256), length: 0 });

/** Makes room for `count` more. */
export function reserve(into: Gathered, count: number): void {
  const needed = into.length + count;
  if (needed <= into.slots.length) return;
  const room = Math.max(needed, into.slots.length * 2);
  const grown = { slots: new Uint32Array(room), timestamps: new Float64Array(room), values: new Float64Array(room) };
  grown.slots.set(into.slots.subarray(0, into.length));
  grown.timestamps.set(into.timestamps.subarray(0, into.length));
  grown.values.set(into.values.subarray(0, into.length));
  Object.assign(into, grown);
}

/** Splits by slot, each slot's datapoints still in order of append. A counting sort: two passes, no comparisons. */
export function bySlot(from: Gathered, slotCount: number): Columns[] {
  const ends = new Uint32Array(slotCount + 1);
  for (let i = 0; i < from.length; i += 1) ends[from.slots[i]! + 1]! += 1;
  for (let slot = 0; slot < slotCount; slot += 1) ends[slot + 1]! += ends[slot]!;
  const starts = ends.slice();
  const timestamps = new Float64Array(from.length);
  const values = new Float64Array(from.length);
  for (let i = 0; i < from.length; i += 1) {
    const at = starts[from.slots[i]!]!++;
    timestamps[at] = from.timestamps[i]!;
    values[at] = from.values[i]!;
  }
  return Array.from({ length: slotCount }, (_, slot) => ({ timestamps: timestamps.subarray(ends[slot], ends[slot + 1]), values: values.subarray(ends[slot], ends[slot + 1]) }));
}

/** Strictly ascending by timestamp; of equal ones the last stays. The columns themselves when they are so already. */
export function inOrder(columns: Columns): Columns {
  const { timestamps, values } = columns;
  const length = timestamps.length;
  let ascending = 1;
  while (ascending < length && timestamps[ascending]! > timestamps[ascending - 1]!) ascending += 1;
  if (ascending >= length) return columns;
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
  const sorted = { timestamps: new Float64Array(length), values: new Float64Array(length) };
  let end = 0;
  for (let i = 0; i < length; i += 1) {
    const at = order[i]!;
    if (i + 1 < length && timestamps[order[i + 1]!] === timestamps[at]) continue;
    sorted.timestamps[end] = timestamps[at]!;
    sorted.values[end] = values[at]!;
    end += 1;
  }
  return { timestamps: sorted.timestamps.subarray(0, end), values: sorted.values.subarray(0, end) };
}

/** Merges two columns in order; where both have a timestamp the newer's value stays. */
export function mergeColumns(older: Columns, newer: Columns): Columns {
  if (older.timestamps.length === 0) return newer;
  if (newer.timestamps.length === 0) return older;
  const room = older.timestamps.length + newer.timestamps.length;
  const timestamps = new Float64Array(room);
  const values = new Float64Array(room);
  let a = 0;
  let b = 0;
  let end = 0;
  while (a < older.timestamps.length || b < newer.timestamps.length) {
    const olderAt = a < older.timestamps.length ? older.timestamps[a]! : Infinity;
    const newerAt = b < newer.timestamps.length ? newer.timestamps[b]! : Infinity;
    timestamps[end] = Math.min(olderAt, newerAt);
    values[end] = newerAt <= olderAt ? newer.values[b]! : older.values[a]!;
    if (newerAt <= olderAt) b += 1;
    if (olderAt <= newerAt) a += 1;
    end += 1;
  }
  return { timestamps: timestamps.subarray(0, end), values: values.subarray(0, end) };
}

/** Index of the first timestamp that is not before `time`; columns in order. */
export function firstAtOrAfter(timestamps: Float64Array, time: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part in [from, until), a view. */
export function within(columns: Columns, from: number, until: number): Columns {
  const start = firstAtOrAfter(columns.timestamps, from);
  const end = Math.max(start, firstAtOrAfter(columns.timestamps, until));
  return { timestamps: columns.timestamps.subarray(start, end), values: columns.values.subarray(start, end) };
}

/** Blocks and the log of one metric as one: what the log has is newer. Both may be views of columns that are used again: the answer is a copy. */
export function joinColumns(blocks: Columns, log: Columns): Columns {
  const count = blocks.timestamps.length;
  if (log.timestamps.length === 0) return copied(blocks);
  if (count > 0 && blocks.timestamps[count - 1]! >= log.timestamps[0]!) return mergeColumns(blocks, log);
  const timestamps = new Float64Array(count + log.timestamps.length);
  const values = new Float64Array(timestamps.length);
  timestamps.set(blocks.timestamps);
  timestamps.set(log.timestamps, count);
  values.set(blocks.values);
  values.set(log.values, count);
  return { timestamps, values };
}

export function copied({ timestamps, values }: Columns): Columns {
  return { timestamps: timestamps.slice(), values: values.slice() };
}

/** One answer for each id asked: the caller's own, so a second copy where an id is asked for twice. */
export function ownColumns(ids: readonly number[], columns: ReadonlyMap<number, Columns>): Columns[] {
  const given = new Set<number>();
  return ids.map((id) => {
    const own = columns.get(id) ?? noColumns;
    const again = own.timestamps.length > 0 && given.has(id);
    given.add(id);
    return own.timestamps.length === 0 || again ? copied(own) : own;
  });
}
