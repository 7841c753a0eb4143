/**
 * The names nearest to one that does not exist, nearest first, ties by name: by edit distance (insertions, deletions, substitutions and
 * swaps of neighbours count 1 each; case counts nothing), at most a third of the name's length away.
 *
 * @example didYouMean(['web.cpu', 'web.load'], 'web.cpuu', 3) // ['web.cpu']
 */
export function didYouMean(names: readonly string[], name: string, limit: number): string[] {
  const wanted = name.toLowerCase();
  const bound = Math.min(furthest, Math.max(1, Math.floor(wanted.length / 3)));
  const letters = letterCounts(wanted);
  const near: { name: string; distance: number }[] = [];
  for (const candidate of names) {
    if (Math.abs(candidate.length - wanted.length) > bound) continue;
    const lower = candidate.toLowerCase();
    if (lettersApart(letters, lower) > 2 * bound) continue;
    const distance = editDistance(wanted, lower, bound);
    if (distance <= bound) near.push({ name: candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, limit).map((one) => one.name);
}

/** More than this many slips is another name. */
const furthest = 8;
const buckets = 64;

function letterCounts(text: string): Int16Array {
  const counts = new Int16Array(buckets);
  for (let i = 0; i < text.length; i += 1) counts[text.charCodeAt(i) % buckets]! += 1;
  return counts;
}

/** How many letters, by bucket, one has and the other has not: at most twice the edit distance. */
function lettersApart(wanted: Int16Array, candidate: string): number {
  const counts = wanted.slice();
  for (let i = 0; i < candidate.length; i += 1) counts[candidate.charCodeAt(i) % buckets]! -= 1;
  let apart = 0;
  for (let i = 0; i < buckets; i += 1) apart += Math.abs(counts[i]!);
  return apart;
}

/** Optimal string alignment distance, given up once it must exceed `bound`: then anything above it. */
function editDistance(a: string, b: string, bound: number): number {
  let [before, previous, current] = [new Int32Array(b.length + 1), Int32Array.from({ length: b.length + 1 }, (_, j) => j), new Int32Array(b.length + 1)];
  for (let i = 1; i <= a.length; i += 1) {
    let least = (current[0] = i);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      current[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > bound) return least;
    [before, previous, current] = [previous, current, before];
  }
  return previous[b.length]!;
}
