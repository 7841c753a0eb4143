import { setImmediate as nextTurn } from 'node:timers/promises';

/** Names merged between two looks at the event loop: about 5 ms. */
const sliceLength = 20_000;

/**
 * Merges sorted lists (by code unit) into one, pair by pair, letting the event loop run in between.
 *
 * @example await mergeSorted([['a', 'c'], ['b']]) // ['a', 'b', 'c']
 */
export async function mergeSorted(lists: readonly (readonly string[])[]): Promise<readonly string[]> {
  let round = lists.filter((list) => list.length > 0);
  while (round.length > 1) {
    const merged: (readonly string[])[] = [];
    for (let i = 0; i < round.length; i += 2) {
      const [left = [], right] = round.slice(i, i + 2);
      merged.push(right === undefined ? left : await mergePair(left, right));
    }
    round = merged;
  }
  return round[0] ?? [];
}

async function mergePair(left: readonly string[], right: readonly string[]): Promise<readonly string[]> {
  const merged: string[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const a = left[l] as string;
    const b = right[r] as string;
    if (a <= b) l++;
    else r++;
    merged.push(a <= b ? a : b);
    if (merged.length % sliceLength === 0) await nextTurn();
  }
  for (; l < left.length; l++) merged.push(left[l] as string);
  for (; r < right.length; r++) merged.push(right[r] as string);
  return merged;
}
