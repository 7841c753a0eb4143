import { didYouMean } from './did-you-mean.js';
import { createFuzzySearcher } from './fuzzy-search.js';
import type { FuzzySearcher, LetterRange } from './fuzzy-search.js';
import { createNameTable } from './name-table.js';
import type { NameTable } from './name-table.js';
import { parseNameQuery } from './name-query.js';
import type { NameMode, NameQuery } from './name-query.js';
import { requiredByGlob, requiredByRegex } from './required-text.js';

/** Shorter texts are in too many names. */
const leastRequired = 2;
const lookedAtOnce = 256;

export interface NameSearchOptions {
  /** Default: what the query looks like; see `parseNameQuery`. */
  readonly mode?: NameMode | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
  /** Names that come before others that match as well: recently seen, starred. */
  readonly recent?: ReadonlySet<string> | undefined;
  /** Asked now and then by a search that has to look at each name: true ends it, with what it found so far. */
  readonly isOver?: (() => boolean) | undefined;
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
  /** True: `isOver` ended it, and there may be more. */
  readonly partial?: boolean;
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
  let made: { table: NameTable; fuzzy: FuzzySearcher } | null = null;
  const scans = (): { table: NameTable; fuzzy: FuzzySearcher } => {
    if (made === null) {
      const table = createNameTable(names);
      made = { table, fuzzy: createFuzzySearcher(table) };
    }
    return made;
  };

  function matching({ text, matches, mode }: Extract<NameQuery, { matches: unknown }>, page: PageCollector, isOver: (() => boolean) | undefined): boolean {
    const required = mode === 'glob' ? requiredByGlob(text) : requiredByRegex(text.startsWith('/') ? text.slice(1, text.lastIndexOf('/')) : text);
    const places = required.length < leastRequired ? null : scans().table.holding(required);
    const count = places?.length ?? names.length;
    for (let i = 0; i < count; i += 1) {
      const name = names[places === null ? i : places[i]!]!;
      if (matches(name)) page.add(name);
      if (i % lookedAtOnce === 0 && isOver?.() === true) return true;
    }
    return false;
  }

  return {
    names,
    search: (query, options) => {
      const read = parseNameQuery(query, options.mode);
      if (read.mode === 'all') return pageOf('all', names, options);
      if (read.mode === 'exact') return pageOf('exact', includesSorted(names, read.text) ? [read.text] : [], options);
      if (read.mode !== 'fuzzy') {
        const page = createPageCollector(options);
        const partial = matching(read, page, options.isOver);
        return { mode: read.mode, ...page.take(), ...(partial && { partial }) };
      }
      const { found, rangesOf } = scans().fuzzy(read.text);
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
  const ordered = recent === undefined || recent.size === 0 ? matching : recentFirst(matching, recent);
  return { mode, total: matching.length, matches: ordered.slice(offset, offset + limit).map((metric) => ({ metric })) };
}

/** Takes names in their order and keeps only those of the page asked for: what matches everything in a million names must not be a million strings in hand. */
interface PageCollector {
  add(name: string): void;
  take(): Pick<NameSearchAnswer, 'total' | 'matches'>;
}

function createPageCollector({ limit, offset = 0, recent }: NameSearchOptions): PageCollector {
  const most = offset + limit;
  const [first, rest]: [string[], string[]] = [[], []];
  let total = 0;
  return {
    add(name) {
      total += 1;
      const some = recent?.has(name) === true ? first : rest;
      if (some.length < most) some.push(name);
    },
    take: () => ({ total, matches: [...first, ...rest].slice(offset, most).map((metric) => ({ metric })) }),
  };
}

function recentFirst(matching: readonly string[], recent: ReadonlySet<string>): readonly string[] {
  const [first, rest]: [string[], string[]] = [[], []];
  for (const name of matching) (recent.has(name) ? first : rest).push(name);
  return first.length === 0 ? matching : [...first, ...rest];
}

function includesSorted(names: readonly string[], name: string): boolean {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return names[low] === name;
}
