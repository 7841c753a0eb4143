import type { NameMatcher } from '@skylark/core';

export type NameMode = 'all' | 'fuzzy' | 'glob' | 'regex' | 'exact';

export interface FoundName {
  readonly metric: string;
  /** The letters that matched, pairs [start, end) in UTF-16 units. */
  readonly ranges?: readonly (readonly [number, number])[];
}

export interface NameSearchOptions {
  /** Default: as the query looks. */
  readonly mode?: NameMode;
  readonly limit: number;
  readonly offset: number;
  /** Names that come before others that match as well. */
  readonly recent?: ReadonlySet<string>;
  /** true ends a search that has to look at each name. */
  readonly isOver?: () => boolean;
}

export interface FoundNames {
  readonly mode: NameMode;
  readonly total: number;
  readonly matches: readonly FoundName[];
  /** `isOver` ended it: there may be more. */
  readonly partial?: boolean;
}

/** Names made ready for many searches. */
export interface NameIndex {
  /** @throws SkylarkError bad-pattern */
  readonly search: (query: string, options: NameSearchOptions) => FoundNames;
  /** Names a person may have meant, best first. */
  readonly didYouMean: (name: string, limit: number) => readonly string[];
}

/** What the api is handed to find names with. */
export interface NameFunctions {
  readonly createNameIndex: (names: readonly string[]) => NameIndex;
  /** Glob, /regex/ (linear time) or exact name. @throws SkylarkError bad-pattern */
  readonly compileMatcher: (pattern: string) => NameMatcher;
}
