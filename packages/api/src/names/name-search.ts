import { Problem } from '../http/problem.js';
import { asksForInternal, type NameDirectory } from './name-directory.js';
import type { FoundNames, NameFunctions, NameIndex, NameSearchOptions } from './name-functions.js';

/** Names offered to somebody who asked for one that is not there. */
const mostOffered = 5;

/** Searches the names of the store as they are now. */
export interface NameSearch {
  /** @throws SkylarkError bad-pattern */
  readonly find: (query: string, options: NameSearchOptions & { readonly internal: boolean }) => Promise<FoundNames>;
  /** How many there are, less Skylark's own. */
  readonly count: () => Promise<number>;
  readonly has: (metric: string) => Promise<boolean>;
  /** What to answer who asked for a name that is not there: with those that may have been meant. */
  readonly unknownMetric: (metric: string) => Promise<Problem>;
}

/** Indexes are made when somebody searches, and kept while the names they were made of are the names. */
export function createNameSearch(directory: NameDirectory, { createNameIndex }: Pick<NameFunctions, 'createNameIndex'>): NameSearch {
  const indexes = new WeakMap<readonly string[], NameIndex>();
  const indexOf = async (internal: boolean): Promise<NameIndex> => {
    const names = await directory.names({ internal });
    const index = indexes.get(names) ?? createNameIndex(names);
    indexes.set(names, index);
    return index;
  };
  return {
    find: async (query, { internal, ...options }) => (await indexOf(internal || asksForInternal(query))).search(query, options),
    count: async () => (await directory.names({ internal: false })).length,
    has: (metric) => directory.has(metric),
    unknownMetric: async (metric) => new Problem('unknown-metric', metric, { members: { didYouMean: (await indexOf(asksForInternal(metric))).didYouMean(metric, mostOffered) } }),
  };
}
