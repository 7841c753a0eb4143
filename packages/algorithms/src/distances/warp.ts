/** What aligning two points costs. */
export type PointCost = 'absolute' | 'squared';

/** Pairs [i, j] from [0, 0] to [a.length - 1, b.length - 1], each step one further in a, in b or in both. */
export type WarpPath = readonly (readonly [number, number])[];

export interface Warping {
  readonly distance: number;
  readonly path: WarpPath;
}

/** The cells a path may use: for each i of a, the rows j of b from low[i] to high[i]; ascending and overlapping from column to column. */
export interface WarpWindow {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Every cell. */
export function fullWindow(columns: number, rows: number): WarpWindow {
  return { low: new Int32Array(columns), high: new Int32Array(columns).fill(rows - 1) };
}

/**
 * The Sakoe-Chiba band |i - j| <= radius; a radius below the difference of the lengths would hold no path and counts as that difference.
 */
export function bandWindow(columns: number, rows: number, radius: number): WarpWindow {
  const reach = Math.max(radius, Math.abs(columns - rows));
  return {
    low: Int32Array.from({ length: columns }, (_, i) => Math.max(0, i - reach)),
    high: Int32Array.from({ length: columns }, (_, i) => Math.min(rows - 1, i + reach)),
  };
}

const step = { diagonal: 0, left: 1, down: 2 } as const;

/**
 * The cheapest path inside a window, and its cost.
 *
 * Ties as in the reference classes of FastDTW: the diagonal where it is at most both others; else the cheaper of left (i - 1)
 * and down (j - 1); if these two tie, down where i <= j, else left. Needs a byte per cell of the window.
 */
export function warpWithin(a: Float64Array, b: Float64Array, window: WarpWindow, cost: PointCost): Warping {
  const { low, high } = window;
  const offsets = offsetsOf(window);
  const steps = new Uint8Array(offsets[a.length]!);
  let before = new Float64Array(b.length).fill(Infinity);
  let column = new Float64Array(b.length).fill(Infinity);
  for (let i = 0; i < a.length; i += 1) {
    for (let j = low[i]!; j <= high[i]!; j += 1) {
      const diagonal = j > 0 ? before[j - 1]! : Infinity;
      const left = before[j]!;
      const down = j > low[i]! ? column[j - 1]! : Infinity;
      steps[offsets[i]! + j - low[i]!] = cheapest(diagonal, left, down, i <= j);
      const least = i === 0 && j === 0 ? 0 : Math.min(diagonal, left, down);
      const difference = a[i]! - b[j]!;
      // A sum that overflows stays below the Infinity of cells outside the window, so that a path never leaves it.
      column[j] = Math.min(Number.MAX_VALUE, least + (cost === 'absolute' ? Math.abs(difference) : difference * difference));
    }
    // The next column sees nothing of the one before outside that column's window.
    if (i > 0) before.fill(Infinity, low[i - 1], high[i - 1]! + 1);
    [before, column] = [column, before];
  }
  return { distance: before[b.length - 1]!, path: walkBack(steps, offsets, low, b.length) };
}

function cheapest(diagonal: number, left: number, down: number, below: boolean): number {
  if (diagonal <= left && diagonal <= down) return step.diagonal;
  if (left === down) return below ? step.down : step.left;
  return left < down ? step.left : step.down;
}

function offsetsOf({ low, high }: WarpWindow): Float64Array {
  const offsets = new Float64Array(low.length + 1);
  for (let i = 0; i < low.length; i += 1) offsets[i + 1] = offsets[i]! + high[i]! - low[i]! + 1;
  return offsets;
}

function walkBack(steps: Uint8Array, offsets: Float64Array, low: Int32Array, rows: number): WarpPath {
  const path: [number, number][] = [];
  let i = low.length - 1;
  let j = rows - 1;
  for (;;) {
    path.push([i, j]);
    if (i === 0 && j === 0) return path.reverse();
    const taken = steps[offsets[i]! + j - low[i]!]!;
    if (taken !== step.down) i -= 1;
    if (taken !== step.left) j -= 1;
  }
}
