import type { Arena } from '../kernels/arena.js';
import type { ThreadScratch } from './board.js';

/** Pieces of shared memory that searches use one after the other; each grows to the largest it was asked for. */
export interface SearchRoom {
  take(name: string, bytes: number): number;
  release(): void;
}

export function createSearchRoom(arena: Arena): SearchRoom {
  const pieces = new Map<string, { address: number; bytes: number }>();
  return {
    take(name, bytes) {
      const held = pieces.get(name);
      if (held !== undefined && held.bytes >= bytes) return held.address;
      if (held !== undefined) arena.release(held.address, held.bytes);
      const larger = Math.ceil(bytes * 1.25);
      const address = arena.allocate(larger);
      pieces.set(name, { address, bytes: larger });
      return address;
    },
    release() {
      for (const { address, bytes } of pieces.values()) arena.release(address, bytes);
      pieces.clear();
    },
  };
}

/** Scratch for so many threads, side by side and not on the same cache line. */
export function threadScratch(room: SearchRoom, threads: number, bytes: number): ThreadScratch {
  const each = 64 * Math.ceil((bytes + 64) / 64);
  return { address: room.take('scratch', threads * each), bytes: each };
}
