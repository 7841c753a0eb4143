import uFuzzy from '@leeoniya/ufuzzy';
import { fold, type NameTable } from './name-table.js';

export type LetterRange = readonly [number, number];

export interface FuzzyMatches {
  /** Names, best first. */
  readonly found: readonly string[];
  /** The letters of one of them that matched, as [from, until) in UTF-16 units. */
  readonly rangesOf: (name: string) => LetterRange[];
}

export type FuzzySearcher = (query: string) => FuzzyMatches;

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
export function createFuzzySearcher(table: NameTable): FuzzySearcher {
  const whole = new uFuzzy(options);
  const scattered = new uFuzzy({ ...options, intraIns: Infinity });
  const namesAt = (places: Iterable<number>): string[] => Array.from(places, (place) => table.names[place]!);
  return (query) => {
    const words: string[] = fold(query).match(/[A-Z\d\x80-\uffff]+/g) ?? [];
    if (words.length === 0 || words.includes(reservedWord)) return contained(table, fold(query));
    const holding = placesHolding(table, table.rarest(words));
    for (const order of ordersOf(words)) {
      const found = words.length === 1 ? holding : holding.filter((place) => table.hasInOrder(place, order));
      if (found.length > 0) return ranked(whole, namesAt(found), order.join(' '));
    }
    const letters = words.join('');
    return ranked(scattered, letters.length > mostScatteredLetters ? [] : namesAt(table.scattered(letters)), words.join(' '));
  };
}

/** Places of the names that hold a text (folded). */
function placesHolding(table: NameTable, text: string): Uint32Array {
  return table.holding(text) ?? Uint32Array.from(table.names.keys()).filter((place) => table.hasInOrder(place, [text]));
}

/** The words as typed, then (for two or three) in every other order. */
function ordersOf(words: string[]): string[][] {
  const orders = words.length <= 3 ? (uFuzzy.permute(words) as string[][]) : [];
  return [words, ...orders.filter((order) => order.join(' ') !== words.join(' '))];
}

function ranked(engine: uFuzzy, found: string[], needle: string): FuzzyMatches {
  const best = shortest(found);
  const info = engine.info(best.map((_, i) => i), best, needle);
  const order = engine.sort(info, best, needle).map((i) => best[info.idx[i]!]!);
  const taken = new Set(order);
  return {
    found: best === found ? order : [...order, ...found.filter((name) => !taken.has(name))],
    rangesOf: (name) => pairs(engine.info([0], [name], needle).ranges[0] ?? []),
  };
}

/** As many of the shortest names as are ranked, whole lengths at a time. */
function shortest(found: string[]): string[] {
  if (found.length <= rankedMatches) return found;
  const lengths = Uint32Array.from(found, (name) => name.length).sort();
  const below = found.filter((name) => name.length < lengths[rankedMatches]!);
  return below.length > 0 ? below : found.slice(0, rankedMatches);
}

/** For a query without a letter: names that contain just that. */
function contained(table: NameTable, text: string): FuzzyMatches {
  return {
    found: Array.from(placesHolding(table, text), (place) => table.names[place]!),
    rangesOf: (name) => {
      const from = fold(name).indexOf(text);
      return [[from, from + text.length]];
    },
  };
}

function pairs(flat: readonly number[]): LetterRange[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}
