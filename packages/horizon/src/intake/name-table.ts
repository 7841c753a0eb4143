import { fnv1aBytes } from './fnv1a-bytes.js';

/** No entry of that name. */
export const unknownName = -1;
/** `handles[id]` of a name the store was not asked about yet. */
export const noHandle = 0xffffffff;

const chunkBits = 20;
const chunkBytes = 1 << chunkBits;
/** Longest run of occupied slots looked at; names crafted to collide are refused beyond it, not searched for ever. */
const maxProbes = 1024;

/**
 * Metric names as UTF-8 bytes to small numbers (0, 1, 2 ... in order of arrival), so that a line of carbon needs no string.
 *
 * Open addressing with linear probing over 32-bit FNV-1a; a slot is a pair (hash, id + 1). The bytes of the names lie in chunks of
 * 1 MiB that are never moved. About 35 bytes plus the name itself per entry. Ids are never reused; nothing is removed.
 */
export class NameTable {
  #slots = new Int32Array(2 * 4096);
  #mask = 4095;
  #starts = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  #handles = new Uint32Array(1024).fill(noHandle);
  #skipped = new Uint8Array(1024);
  readonly #chunks: Uint8Array[] = [new Uint8Array(chunkBytes)];
  #used = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Column of store handles by id; ask anew after `add`. */
  get handles(): Uint32Array {
    return this.#handles;
  }

  /** Column by id: 1 where a rule skips the name. Ask anew after `add`. */
  get skipped(): Uint8Array {
    return this.#skipped;
  }

  /** The id of the name in `bytes[start, end)`, or `unknownName`. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = fnv1aBytes(bytes, start, end) | 0;
    const slots = this.#slots;
    for (let slot = hash & this.#mask, probes = 0; probes < maxProbes; slot = (slot + 1) & this.#mask, probes++) {
      const entry = slots[2 * slot + 1]!;
      if (entry === 0) return unknownName;
      if (slots[2 * slot] === hash && this.#equals(entry - 1, bytes, start, end)) return entry - 1;
    }
    return unknownName;
  }

  /** Enters a name that `find` does not know; answers its id, or `unknownName` when there is no room among names that collide with it. */
  add(bytes: Uint8Array, start: number, end: number, skipped: boolean): number {
    if (2 * (this.#count + 1) > this.#mask) this.#growSlots();
    const hash = fnv1aBytes(bytes, start, end) | 0;
    const slot = freeSlot(this.#slots, this.#mask, hash);
    if (slot < 0) return unknownName;
    if (this.#count === this.#starts.length) this.#growColumns();
    const id = this.#count++;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = id + 1;
    this.#keepBytes(id, bytes, start, end);
    this.#skipped[id] = skipped ? 1 : 0;
    return id;
  }

  nameOf(id: number): string {
    const start = this.#starts[id] ?? 0;
    const chunk = this.#chunks[start >>> chunkBits]!;
    const offset = start & (chunkBytes - 1);
    return Buffer.from(chunk.buffer, chunk.byteOffset + offset, this.#lengths[id] ?? 0).toString('utf8');
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#lengths[id] !== length) return false;
    const place = this.#starts[id]!;
    const chunk = this.#chunks[place >>> chunkBits]!;
    const offset = place & (chunkBytes - 1);
    for (let i = 0; i < length; i++) if (chunk[offset + i] !== bytes[start + i]) return false;
    return true;
  }

  #keepBytes(id: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > chunkBytes) throw new RangeError(`a name of ${length} bytes`);
    if (this.#used + length > chunkBytes) {
      this.#chunks.push(new Uint8Array(chunkBytes));
      this.#used = 0;
    }
    const chunk = this.#chunks.length - 1;
    this.#chunks[chunk]!.set(bytes.subarray(start, end), this.#used);
    // 2^32 bytes of names at most: 4 million names of 1,024 bytes.
    this.#starts[id] = chunk * chunkBytes + this.#used;
    this.#lengths[id] = length;
    this.#used += length;
  }

  #growSlots(): void {
    const old = this.#slots;
    const mask = 2 * (this.#mask + 1) - 1;
    const slots = new Int32Array(2 * (mask + 1));
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      const slot = freeSlot(slots, mask, old[i]!, Infinity);
      slots[2 * slot] = old[i]!;
      slots[2 * slot + 1] = old[i + 1]!;
    }
    this.#slots = slots;
    this.#mask = mask;
  }

  #growColumns(): void {
    const size = 2 * this.#starts.length;
    this.#starts = grown(this.#starts, new Uint32Array(size));
    this.#lengths = grown(this.#lengths, new Uint32Array(size));
    this.#handles = grown(this.#handles, new Uint32Array(size).fill(noHandle));
    this.#skipped = grown(this.#skipped, new Uint8Array(size));
  }
}

function freeSlot(slots: Int32Array, mask: number, hash: number, limit = maxProbes): number {
  for (let slot = hash & mask, probes = 0; probes < limit; slot = (slot + 1) & mask, probes++) {
    if (slots[2 * slot + 1] === 0) return slot;
  }
  return -1;
}

function grown<Column extends Uint32Array | Uint8Array>(old: Column, larger: Column): Column {
  larger.set(old);
  return larger;
}
