import { didYouMean } from './did-you-mean.js';
import { createFuzzySearcher } from './fuzzy-search.js';
import type { LetterRange } from './fuzzy-search.js';
import { parseNameQuery } from './name-query.js';
import type { NameMode } from './name-query.js';

export interface NameSearchOptions {
  /** Default: what the query looks like; see `parseNameQuery`. */
  readonly mode?: NameMode | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
  /** Names that come before others that match as well: recently seen, starred. */
  readonly recent?: ReadonlySet<string> | undefined;
}

export interface NameMatch {
  readonly metric: string;
  /** Of a fuzzy query: the letters that matched, as [from, until) in UTF-16 units. */
  readonly ranges?: readonly LetterRange[];
}

export interface NameSearchAnswer {
  readonly mode: NameMode;
  /** All that match, not just this page. */
  readonly total: number;
  readonly matches: readonly NameMatch[];
}

/** A snapshot of names, prepared for many queries; make a new one when the names have changed. */
export interface NameIndex {
  /** Each once, ascending by UTF-16 unit. */
  readonly names: readonly string[];
  /** Fuzzy matches best first, all others by name. Throws `bad-pattern` on a glob or regex that is none. */
  search(query: string, options: NameSearchOptions): NameSearchAnswer;
  didYouMean(name: string, limit: number): string[];
}

/**
 * Prepares names for searching. A query over 100,000 of them takes some milliseconds, hostile patterns included.
 *
 * @example
 * createNameIndex(['web.cpu', 'web.load']).search('wcpu', { limit: 10 });
 * // { mode: 'fuzzy', total: 1, matches: [{ metric: 'web.cpu', ranges: [[0, 1], [4, 7]] }] }
 */
export function createNameIndex(given: readonly string[]): NameIndex {
  const names = inOrderOfMemory([...new Set(given)].sort());
  const known = new Set(names);
  const fuzzy = createFuzzySearcher(names);
  return {
    names,
    search: (query, options) => {
      const read = parseNameQuery(query, options.mode);
      if (read.mode === 'all') return pageOf('all', names, options);
      if (read.mode === 'exact') return pageOf('exact', known.has(read.text) ? [read.text] : [], options);
      if (read.mode !== 'fuzzy') return pageOf(read.mode, names.filter(read.matches), options);
      const { found, rangesOf } = fuzzy(read.text);
      const page = pageOf('fuzzy', found, options);
      return { ...page, matches: page.matches.map(({ metric }) => ({ metric, ranges: rangesOf(metric) })) };
    },
    didYouMean: (name, limit) => didYouMean(names, name, limit),
  };
}

/** One search over a list of names; for many over the same, `createNameIndex`. */
export function searchNames(names: readonly string[], query: string, options: NameSearchOptions): NameSearchAnswer {
  return createNameIndex(names).search(query, options);
}

/** Copies, laid down one after the other: a scan of strings in random places takes three times as long. */
function inOrderOfMemory(names: readonly string[]): readonly string[] {
  return JSON.parse(JSON.stringify(names)) as string[];
}

function pageOf(mode: NameMode, matching: readonly string[], { limit, offset = 0, recent }: NameSearchOptions): NameSearchAnswer {
  const ordered = recent === undefined || recent.size === 0 ? matching : [...matching.filter((name) => recent.has(name)), ...matching.filter((name) => !recent.has(name))];
  return { mode, total: matching.length, matches: ordered.slice(offset, offset + limit).map((metric) => ({ metric })) };
}
