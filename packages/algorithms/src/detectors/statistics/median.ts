/**
 * Median of all of `scratch`, which is reordered. Mean of the middle two for an even count; NaN for none.
 * Selection in O(n): quickselect (Hoare 1961), pivot by median of three; data made to defeat it is sorted instead.
 *
 * @example medianInPlace(Float64Array.of(4, 1, 3, 2)) // 2.5
 */
export function medianInPlace(scratch: Float64Array): number {
  const { length } = scratch;
  if (length === 0) return NaN;
  const middle = length >> 1;
  const upper = select(scratch, middle);
  if (length % 2 === 1) return upper;
  let lower = scratch[0]!;
  for (let i = 1; i < middle; i += 1) if (scratch[i]! > lower) lower = scratch[i]!;
  const sum = lower + upper;
  return Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
}

/** The value of the given rank (0 the least), with none above it to its left and none below it to its right. */
function select(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  let budget = 8 * values.length;
  while (low < high) {
    budget -= high - low;
    if (budget < 0) return values.sort()[rank]!;
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i += 1;
      while (values[j]! > pivot) j -= 1;
      if (i > j) break;
      const swap = values[i]!;
      values[i] = values[j]!;
      values[j] = swap;
      i += 1;
      j -= 1;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}
