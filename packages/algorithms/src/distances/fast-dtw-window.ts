import type { WarpPath, WarpWindow } from './warp.js';

/**
 * The cells of the fine matrix that a coarse path crosses, joined at the corners of diagonal steps. Block k of a curve holds its fine
 * points from ends[k - 1] (0 for the first) up to ends[k].
 */
export function project(path: WarpPath, endsA: Int32Array, endsB: Int32Array): WarpWindow {
  const window = emptyWindow(endsA[endsA.length - 1]!);
  let [beforeI, beforeJ] = [0, 0];
  for (const [coarseI, coarseJ] of path) {
    const i = startOf(endsA, coarseI);
    const j = startOf(endsB, coarseJ);
    if (coarseI > beforeI && coarseJ > beforeJ) {
      mark(window, i - 1, j);
      mark(window, i, j - 1);
    }
    for (let column = i; column < endsA[coarseI]!; column += 1) {
      mark(window, column, j);
      mark(window, column, endsB[coarseJ]! - 1);
    }
    [beforeI, beforeJ] = [coarseI, coarseJ];
  }
  return window;
}

function startOf(ends: Int32Array, block: number): number {
  return block === 0 ? 0 : ends[block - 1]!;
}

function emptyWindow(columns: number): WarpWindow {
  return { low: new Int32Array(columns).fill(2 ** 31 - 1), high: new Int32Array(columns).fill(-1) };
}

function mark(window: WarpWindow, column: number, row: number): void {
  if (row < window.low[column]!) window.low[column] = row;
  if (row > window.high[column]!) window.high[column] = row;
}

/** A window widened by a radius as the reference does it: by 1, then by radius - 1. */
export function widened(window: WarpWindow, rows: number, radius: number): WarpWindow {
  if (radius === 0) return window;
  const once = widenedBy(window, rows, 1);
  return radius === 1 ? once : widenedBy(once, rows, radius - 1);
}

/**
 * Every cell marks its eight neighbours at a distance, each pulled back along its own direction to the matrix's edge. Cells that are
 * neither the ends of their column nor near the edge of the matrix can mark nothing further out than those, so only these are visited.
 */
export function widenedBy(window: WarpWindow, rows: number, distance: number): WarpWindow {
  const wider: WarpWindow = { low: window.low.slice(), high: window.high.slice() };
  for (let column = 0; column < window.low.length; column += 1) {
    const low = window.low[column]!;
    const high = window.high[column]!;
    markAround(wider, rows, [column, low], distance);
    markAround(wider, rows, [column, high], distance);
    for (let row = low + 1; row < high && row <= distance; row += 1) markAround(wider, rows, [column, row], distance);
    for (let row = Math.max(low + 1, rows - 1 - distance); row < high; row += 1) markAround(wider, rows, [column, row], distance);
  }
  return wider;
}

function markAround(window: WarpWindow, rows: number, [column, row]: readonly [number, number], distance: number): void {
  const columns = window.low.length;
  for (let toI = -1; toI <= 1; toI += 1) {
    const roomI = toI === 0 ? distance : toI < 0 ? column : columns - 1 - column;
    for (let toJ = -1; toJ <= 1; toJ += 1) {
      const roomJ = toJ === 0 ? distance : toJ < 0 ? row : rows - 1 - row;
      const moved = Math.min(distance, roomI, roomJ);
      mark(window, column + toI * moved, row + toJ * moved);
    }
  }
}
