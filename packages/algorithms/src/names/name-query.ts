import type { NameMatcher } from '@skylark/core';
import { compileGlob, compileRegex, isRegex } from './compile-matcher.js';
import { globCharacters } from './glob.js';

/** How a name query is read. */
export type NameMode = 'all' | 'fuzzy' | 'glob' | 'regex' | 'exact';

/** A query that was read: what is looked for, and for the modes that say yes or no a matcher. */
export type NameQuery = { readonly mode: 'all' } | { readonly mode: 'fuzzy'; readonly text: string } | { readonly mode: 'glob' | 'regex' | 'exact'; readonly text: string; readonly matches: NameMatcher };

/**
 * Reads what someone typed into a name search. Without a `mode`: nothing is all, `/re/` a regex, one of `* ? [ {` a glob, `=name` exact,
 * all else fuzzy. With a mode the text is taken as that: a regex may then leave its slashes out, an exact name its `=`.
 * Throws `bad-pattern`.
 *
 * @example parseNameQuery('=web.cpu') // { mode: 'exact', text: 'web.cpu', matches }
 */
export function parseNameQuery(query: string, mode: NameMode = modeOf(query)): NameQuery {
  switch (mode) {
    case 'all':
      return { mode };
    case 'fuzzy':
      return query.trim() === '' ? { mode: 'all' } : { mode, text: query };
    case 'glob':
      return { mode, text: query, matches: compileGlob(query) };
    case 'regex':
      return { mode, text: query, matches: compileRegex(isRegex(query) ? query : `/${query}/`) };
    case 'exact': {
      const name = query.startsWith('=') ? query.slice(1) : query;
      return { mode, text: name, matches: (metric) => metric === name };
    }
  }
}

function modeOf(query: string): NameMode {
  if (query.trim() === '') return 'all';
  if (isRegex(query)) return 'regex';
  if (query.startsWith('=')) return 'exact';
  return globCharacters.test(query) ? 'glob' : 'fuzzy';
}
