/**
 * Rows of doubles, all of one length, in pages: what a shard's metrics are remembered in. A row is 8 bytes a double and nothing else; growing
 * copies nothing. A row given back is zeroed and used again.
 */
export interface Slab {
  readonly rowLength: number;
  /** Rows ever handed out and not given back; numbers run from 0 to below `capacity`. */
  readonly capacity: () => number;
  /** A new row, all zeroes; answers its number. */
  readonly add: () => number;
  /** A view of the row: good for as long as the slab is. */
  readonly row: (number: number) => Float64Array;
  readonly free: (number: number) => void;
}

const rowsPerPage = 256;

export function createSlab(rowLength: number): Slab {
  const pages: Float64Array[] = [];
  const freed: number[] = [];
  let next = 0;
  const row = (number: number): Float64Array => {
    const first = (number % rowsPerPage) * rowLength;
    return pages[Math.floor(number / rowsPerPage)]!.subarray(first, first + rowLength);
  };
  return {
    rowLength,
    capacity: () => next,
    add() {
      const reused = freed.pop();
      if (reused !== undefined) return reused;
      if (next % rowsPerPage === 0) pages.push(new Float64Array(rowsPerPage * rowLength));
      next += 1;
      return next - 1;
    },
    row,
    free(number) {
      row(number).fill(0);
      freed.push(number);
    },
  };
}
