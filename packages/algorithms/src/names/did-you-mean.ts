/**
 * The names nearest to one that does not exist, nearest first, ties by name: by edit distance (insertions, deletions, substitutions and
 * swaps of neighbours count 1 each; case counts nothing). Looks for one slip, then two, four, eight, at most a third of the name's
 * length, and answers what is found at the first of these: beside a name with one slip, one with five is noise.
 *
 * @example didYouMean(['web.cpu', 'web.load'], 'web.cpuu', 3) // ['web.cpu']
 */
export function didYouMean(names: readonly string[], name: string, limit: number): string[] {
  const wanted = name.toLowerCase();
  const counts = letterCounts(wanted);
  const most = Math.max(1, Math.floor(wanted.length / 3));
  for (const slips of [1, 2, 4, 8]) {
    if (slips > most && slips / 2 >= most) break;
    const near = within(Math.min(slips, most), { names, wanted, counts });
    if (near.length > 0) return near.slice(0, limit);
  }
  return [];
}

interface Wanted {
  readonly names: readonly string[];
  readonly wanted: string;
  readonly counts: Int16Array;
}

function within(bound: number, { names, wanted, counts }: Wanted): string[] {
  const near: { name: string; distance: number }[] = [];
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > bound) continue;
    const candidate = name.toLowerCase();
    if (!lettersNear(counts, candidate, 2 * bound)) continue;
    const distance = editDistance(wanted, candidate, bound);
    if (distance <= bound) near.push({ name, distance });
  }
  return near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
}

const buckets = 64;

function letterCounts(text: string): Int16Array {
  const counts = new Int16Array(buckets);
  for (let i = 0; i < text.length; i += 1) counts[text.charCodeAt(i) % buckets]! += 1;
  return counts;
}

/** Whether at most `most` letters are in one and not in the other; there are at most two for each slip. Leaves `counts` as it was. */
function lettersNear(counts: Int16Array, candidate: string, most: number): boolean {
  for (let i = 0; i < candidate.length; i += 1) counts[candidate.charCodeAt(i) % buckets]! -= 1;
  let apart = 0;
  for (let i = 0; i < buckets; i += 1) apart += Math.abs(counts[i]!);
  for (let i = 0; i < candidate.length; i += 1) counts[candidate.charCodeAt(i) % buckets]! += 1;
  return apart <= most;
}

type Rows = [before: Int32Array, previous: Int32Array, current: Int32Array];

/** Optimal string alignment distance, in the band that `bound` leaves; something above `bound` as soon as it must be. */
function editDistance(a: string, b: string, bound: number): number {
  const row = (): Int32Array => new Int32Array(b.length + 2).fill(bound + 1);
  let [before, previous, current]: Rows = [row(), Int32Array.from({ length: b.length + 2 }, (_, j) => Math.min(j, bound + 1)), row()];
  for (let i = 1; i <= a.length; i += 1) {
    const from = Math.max(1, i - bound);
    const until = Math.min(b.length, i + bound);
    current[from - 1] = from === 1 ? Math.min(i, bound + 1) : bound + 1;
    let least = current[from - 1]!;
    for (let j = from; j <= until; j += 1) {
      let slips = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, before[j - 2]! + 1);
      current[j] = slips;
      if (slips < least) least = slips;
    }
    current[until + 1] = bound + 1;
    if (least > bound) return least;
    [before, previous, current] = [previous, current, before];
  }
  return previous[b.length]!;
}
