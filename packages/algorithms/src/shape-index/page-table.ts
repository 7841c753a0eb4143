import type { Arena } from '../kernels/arena.js';

/** Pages in the shared memory, and the table by which kernels find them. */
export interface PageTable {
  /** Of the table: pointers to pages, 32 bits each. Moves when it grows. */
  readonly address: number;
  readonly pages: number;
  page(number: number): number;
  /** A fresh page at the end; answers its number. */
  add(): number;
  /** Gives the last page back. */
  drop(): void;
  release(): void;
}

const firstRoom = 64;

export function createPageTable(arena: Arena, pageBytes: number): PageTable {
  const addresses: number[] = [];
  let room = firstRoom;
  let address = arena.allocate(4 * room);
  const enlarge = (): void => {
    const larger = arena.allocate(8 * room);
    arena.views().words.set(addresses, larger / 4);
    arena.release(address, 4 * room);
    [address, room] = [larger, 2 * room];
  };
  const drop = (): void => {
    const last = addresses.pop();
    if (last !== undefined) arena.release(last, pageBytes);
  };
  return {
    get address() {
      return address;
    },
    get pages() {
      return addresses.length;
    },
    page: (number) => addresses[number]!,
    add() {
      if (addresses.length === room) enlarge();
      const page = arena.allocate(pageBytes);
      arena.views().words[address / 4 + addresses.length] = page;
      return addresses.push(page) - 1;
    },
    drop,
    release() {
      while (addresses.length > 0) drop();
      arena.release(address, 4 * room);
    },
  };
}
