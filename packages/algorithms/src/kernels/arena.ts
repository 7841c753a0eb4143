import { memoryViews } from './memory-views.js';
import type { MemoryViews } from './memory-views.js';
import { wasmPageBytes } from './web-assembly.js';
import type { KernelMemory } from './web-assembly.js';

/** The memory has reached its maximum. */
export class ArenaFull extends Error {}

/** Hands out pieces of a memory. One thread allocates; all use what it hands out. */
export interface Arena {
  readonly memory: KernelMemory;
  readonly views: () => MemoryViews;
  /** The address of so many bytes, zeroed, on a 64-byte boundary. @throws ArenaFull */
  allocate(bytes: number): number;
  /** Takes a piece back, to be handed out for the same number of bytes. */
  release(address: number, bytes: number): void;
  /** Handed out now. */
  readonly usedBytes: number;
}

/** Address 0 means none. */
const firstAddress = 64;

export function createArena(memory: KernelMemory): Arena {
  const views = memoryViews(memory);
  const released = new Map<number, number[]>();
  let end = firstAddress;
  let usedBytes = 0;
  const extend = (bytes: number): number => {
    const address = end;
    const missing = Math.ceil((end + bytes - memory.buffer.byteLength) / wasmPageBytes);
    if (missing > 0) grow(memory, missing);
    end += bytes;
    return address;
  };
  return {
    memory,
    views,
    allocate(bytes) {
      const whole = rounded(bytes);
      const again = released.get(whole)?.pop();
      usedBytes += whole;
      if (again === undefined) return extend(whole);
      views().bytes.fill(0, again, again + whole);
      return again;
    },
    release(address, bytes) {
      const whole = rounded(bytes);
      usedBytes -= whole;
      const places = released.get(whole) ?? [];
      places.push(address);
      released.set(whole, places);
    },
    get usedBytes() {
      return usedBytes;
    },
  };
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

function grow(memory: KernelMemory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (error) {
    throw new ArenaFull(`the search memory of ${memory.buffer.byteLength} bytes cannot grow`, { cause: error });
  }
}
