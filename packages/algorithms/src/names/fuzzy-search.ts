import uFuzzy from '@leeoniya/ufuzzy';

export type LetterRange = readonly [number, number];

export interface FuzzyMatches {
  /** Positions in the list of names, best first. */
  readonly found: readonly number[];
  /** The letters of one of them that matched, as [from, until) in UTF-16 units. */
  readonly rangesOf: (position: number) => LetterRange[];
}

export interface FuzzySearcher {
  (query: string): FuzzyMatches;
}

/** Of more matches than this, the shortest names are ranked; the rest follows by name. */
const rankedMatches = 1000;
/** Longer queries are names that were pasted: their words must be found whole. */
const mostScatteredLetters = 64;
/** uFuzzy's own placeholder; as a word of a needle it would trip over it. */
const reservedWord = 'EEXXAACCTT';

const options: uFuzzy.Options = { interSplit: '[^A-Za-z\\d\\x80-\\uffff]+', interChars: '[^]', intraChars: '[^]', toLower: fold };

/**
 * Fuzzy search over names: every word of the query must be in the name, in that order, whole; if no name has that, in any order
 * (of up to three words); if none again, every letter in order. Case and punctuation do not matter.
 *
 * uFuzzy ranks and finds the letters, by backtracking expressions; it is only given names in which a linear scan has found
 * what is looked for, and there its first try always succeeds. So a hostile name or query costs no more than a long one.
 */
export function createFuzzySearcher(names: readonly string[]): FuzzySearcher {
  let known: readonly string[] | undefined;
  const whole = new uFuzzy(options);
  const scattered = new uFuzzy({ ...options, intraIns: Infinity });
  return (query) => {
    const folded = (known ??= names.map(fold));
    const words: string[] = fold(query).match(/[A-Z\d\x80-\uffff]+/g) ?? [];
    if (words.length === 0 || words.includes(reservedWord)) return plainSearch(folded, fold(query));
    for (const order of ordersOf(words)) {
      const found = select(folded, (name) => hasInOrder(name, order));
      if (found.length > 0) return ranked({ engine: whole, names, found, needle: order.join(' ') });
    }
    const letters = words.join('');
    const found = letters.length > mostScatteredLetters ? [] : select(folded, (name) => hasInOrder(name, letters));
    return ranked({ engine: scattered, names, found, needle: words.join(' ') });
  };
}

/**
 * Upper case as a case-insensitive expression compares: letter by letter, never changing the length, never from outside ASCII
 * into it (ECMAScript, Canonicalize).
 */
function fold(text: string): string {
  // eslint-disable-next-line no-control-regex -- the range is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text.toUpperCase();
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const upper = text[i]!.toUpperCase();
    out += upper.length !== 1 || (text.charCodeAt(i) >= 0x80 && upper.charCodeAt(0) < 0x80) ? text[i]! : upper;
  }
  return out;
}

function hasInOrder(name: string, parts: Iterable<string>): boolean {
  let at = 0;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

function select(names: readonly string[], wanted: (name: string) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < names.length; i += 1) if (wanted(names[i]!)) found.push(i);
  return found;
}

/** The words as typed, then (for two or three) in every other order. */
function ordersOf(words: string[]): string[][] {
  const orders = words.length <= 3 ? (uFuzzy.permute(words) as string[][]) : [];
  return [words, ...orders.filter((order) => order.join(' ') !== words.join(' '))];
}

interface Ranking {
  readonly engine: uFuzzy;
  readonly names: readonly string[];
  readonly found: number[];
  readonly needle: string;
}

function ranked({ engine, names, found, needle }: Ranking): FuzzyMatches {
  const haystack = names as string[];
  const best = shortest(names, found);
  const info = engine.info(best, haystack, needle);
  const order = engine.sort(info, haystack, needle).map((i) => info.idx[i]!);
  const taken = new Set(order);
  return {
    found: [...order, ...found.filter((position) => !taken.has(position))],
    rangesOf: (position) => pairs(engine.info([position], haystack, needle).ranges[0] ?? []),
  };
}

/** As many of the shortest names as are ranked, whole lengths at a time. */
function shortest(names: readonly string[], found: number[]): number[] {
  if (found.length <= rankedMatches) return found;
  const lengths = found.map((position) => names[position]!.length).sort((a, b) => a - b);
  const longest = lengths[rankedMatches]!;
  const below = found.filter((position) => names[position]!.length < longest);
  return below.length > 0 ? below : found.slice(0, rankedMatches);
}

/** Nothing but punctuation: names that contain just that. */
function plainSearch(folded: readonly string[], text: string): FuzzyMatches {
  return {
    found: select(folded, (name) => name.includes(text)),
    rangesOf: (position) => {
      const from = folded[position]!.indexOf(text);
      return [[from, from + text.length]];
    },
  };
}

function pairs(flat: readonly number[]): LetterRange[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}
