/** Distances written straight from their definitions: slow, obviously right. What the fast ones are compared with. */

export type Cost = (a: number, b: number) => number;
export const absolute: Cost = (a, b) => Math.abs(a - b);
export const squared: Cost = (a, b) => (a - b) * (a - b);

/** Least cost of all alignments with |i - j| <= radius, by the recurrence, every cell kept. */
export function naiveDtw(a: ArrayLike<number>, b: ArrayLike<number>, cost: Cost, radius = Infinity): number {
  const cells = Array.from({ length: a.length }, () => Array<number>(b.length).fill(Infinity));
  const at = (i: number, j: number): number => (i === -1 && j === -1 ? 0 : cells[i]?.[j] ?? Infinity);
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < b.length; j += 1) {
      if (Math.abs(i - j) > radius) continue;
      cells[i]![j] = cost(a[i]!, b[j]!) + Math.min(at(i - 1, j - 1), at(i - 1, j), at(i, j - 1));
    }
  }
  return at(a.length - 1, b.length - 1);
}

/** Least cost by trying every path there is; for curves of a few points. Shows that the recurrence is the definition. */
export function exhaustiveDtw(a: ArrayLike<number>, b: ArrayLike<number>, cost: Cost, radius = Infinity): number {
  const from = (i: number, j: number): number => {
    if (i >= a.length || j >= b.length || Math.abs(i - j) > radius) return Infinity;
    const here = cost(a[i]!, b[j]!);
    if (i === a.length - 1 && j === b.length - 1) return here;
    return here + Math.min(from(i + 1, j), from(i, j + 1), from(i + 1, j + 1));
  };
  return from(0, 0);
}

/** Population mean 0, deviation 1; null when all values are the same. */
export function naiveZNormalise(values: readonly number[]): number[] | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return new Set(values).size < 2 ? null : values.map((value) => (value - mean) / deviation);
}

/** The value at an instant on the line between its neighbours. */
export function naiveResample(timestamps: readonly number[], values: readonly number[], length: number): number[] {
  const [first, last] = [timestamps[0]!, timestamps[timestamps.length - 1]!];
  return Array.from({ length }, (_, k) => {
    const instant = length === 1 ? first : first + ((last - first) * k) / (length - 1);
    const right = timestamps.findIndex((timestamp) => timestamp >= instant);
    if (right <= 0) return right === 0 ? values[0]! : values[values.length - 1]!;
    const part = (instant - timestamps[right - 1]!) / (timestamps[right]! - timestamps[right - 1]!);
    return values[right - 1]! + part * (values[right]! - values[right - 1]!);
  });
}

/** Shape words by looking each difference up in the table of intervals, first that holds it. */
export function naiveFingerprint(values: readonly number[]): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const scaled = values.map((value) => Math.ceil((25 / (high - low)) * (value - low))).map((value) => (Number.isNaN(value) ? 0 : value));
  const table: [string, number, number][] = [['sdec', 4, Infinity], ['dec', 1, 4], ['s', -1, 1], ['inc', -4, -1], ['sinc', -Infinity, -4]];
  return scaled.slice(1).map((value, i) => scaled[i]! - value)
    .map((fall) => table.find(([, from, until]) => fall >= from && fall <= until)?.[0] ?? 's')
    .filter((word) => word !== 's').join(' ');
}

/** FastDTW's window widened cell by cell, every cell of the window marking its eight neighbours. */
export function naiveWiden(cells: ReadonlySet<string>, columns: number, rows: number, distance: number): Set<string> {
  const wider = new Set(cells);
  for (const cell of cells) {
    const [column, row] = cell.split(',').map(Number) as [number, number];
    for (const [di, dj] of [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]] as const) {
      let [i, j] = [column, row];
      for (let moved = 0; moved < distance; moved += 1) {
        if (i + di < 0 || i + di >= columns || j + dj < 0 || j + dj >= rows) break;
        [i, j] = [i + di, j + dj];
      }
      wider.add(`${i},${j}`);
    }
  }
  return wider;
}
