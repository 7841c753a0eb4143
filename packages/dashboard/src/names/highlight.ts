import type { LetterRanges } from '../data/api-types.js';

export interface Letters {
  readonly text: string;
  readonly matched: boolean;
}

/**
 * A name cut where matched letters begin and end; joined again, the pieces are the name. Ranges that overlap, turn around or
 * leave the name are taken as far as they make sense.
 *
 * @example cutAtRanges('web.cpu', [[4, 7]]) // [{ text: 'web.', matched: false }, { text: 'cpu', matched: true }]
 */
export function cutAtRanges(name: string, ranges: LetterRanges | undefined): Letters[] {
  const pieces: Letters[] = [];
  let at = 0;
  const take = (until: number, matched: boolean): void => {
    if (until <= at) return;
    pieces.push({ text: name.slice(at, until), matched });
    at = until;
  };
  for (const [start, end] of pairsOf(ranges)) {
    take(Math.min(start, name.length), false);
    take(Math.min(end, name.length), true);
  }
  take(name.length, false);
  return pieces;
}

function pairsOf(ranges: LetterRanges | undefined): [number, number][] {
  const flat = (ranges ?? []).flat();
  const pairs: [number, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as number, flat[i + 1] as number]);
  return pairs.filter(([start, end]) => start >= 0 && end > start).sort(([a], [b]) => a - b);
}
