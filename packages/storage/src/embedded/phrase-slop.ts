/**
 * How far a phrase's words lie out of place in a text: the least `max(p_i - i) - min(p_i - i)` over all ways to give every word i of the phrase a
 * position p_i of its own in the text; null when it is more than `slop`, or a word is missing.
 *
 * 0: the phrase stands there as it is. This is the match length of Lucene's sloppy phrase; where words repeat Lucene looks greedily and may find a
 * larger one, here it is exact.
 *
 * Method: for a base b all p_i must lie in [b + i, b + i + slop]. For one word's occurrences both ends of these intervals ascend, so giving each the earliest
 * free position is best.
 *
 * @example phraseSlop(['a', 'b'], ['a', 'x', 'b'], 2) // 1
 */
export function phraseSlop(phrase: readonly string[], text: readonly string[], slop: number): number | null {
  if (phrase.length === 0) return null;
  const positions = positionsOf(text);
  if (!holdsWords(phrase, positions)) return null;
  let best: number | null = null as number | null;
  for (let base = -slop; base < text.length; base += 1) {
    let reach: number = best === null ? slop : best - 1;
    while (reach >= 0 && fits(phrase, positions, base, reach)) {
      best = reach;
      reach -= 1;
    }
    if (best === 0) return 0;
  }
  return best;
}

function fits(phrase: readonly string[], positions: ReadonlyMap<string, readonly number[]>, base: number, reach: number): boolean {
  const next = new Map<string, number>();
  for (let i = 0; i < phrase.length; i += 1) {
    const word = phrase[i]!;
    const places = positions.get(word)!;
    let at = next.get(word) ?? 0;
    while (at < places.length && places[at]! < base + i) at += 1;
    if (at === places.length || places[at]! > base + i + reach) return false;
    next.set(word, at + 1);
  }
  return true;
}

function positionsOf(text: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  text.forEach((word, i) => {
    const places = positions.get(word);
    if (places) places.push(i);
    else positions.set(word, [i]);
  });
  return positions;
}

function holdsWords(phrase: readonly string[], positions: ReadonlyMap<string, readonly number[]>): boolean {
  const needed = new Map<string, number>();
  for (const word of phrase) needed.set(word, (needed.get(word) ?? 0) + 1);
  return [...needed].every(([word, count]) => (positions.get(word)?.length ?? 0) >= count);
}
