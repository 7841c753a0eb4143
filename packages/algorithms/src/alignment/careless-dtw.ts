/**
 * DTW with points of the query that do not count: sqrt of the least sum of (a - b)^2 within the band over the steps whose point of the
 * query counts. With all counting it is `searchDtw`.
 *
 * @param query normalised; @param counts 1 or 0 a point; @param curve as long
 * @param radius of the Sakoe-Chiba band, points
 */
export function carelessDtw(query: Float64Array, counts: Uint8Array, curve: Float64Array, radius: number): number {
  const size = query.length;
  let before = new Float64Array(size + 1).fill(Infinity);
  let column = new Float64Array(size + 1).fill(Infinity);
  before[0] = 0;
  for (let i = 0; i < size; i += 1) {
    column.fill(Infinity);
    const high = Math.min(size - 1, i + radius);
    for (let j = Math.max(0, i - radius); j <= high; j += 1) {
      const difference = query[i]! - curve[j]!;
      column[j + 1] = Math.min(before[j]!, before[j + 1]!, column[j]!) + (counts[i] === 1 ? difference * difference : 0);
    }
    [before, column] = [column, before];
  }
  return Math.sqrt(before[size]!);
}
