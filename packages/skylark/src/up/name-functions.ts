import { compileMatcher, createNameIndex, type NameIndex } from '@skylark/algorithms';
import type { NameFunctions } from '@skylark/api';

/** What the API asks of names; an index is made once for each array of names and goes with it. */
export function createNameFunctions(): NameFunctions {
  const indexes = new WeakMap<readonly string[], NameIndex>();
  const indexOf = (names: readonly string[]): NameIndex => {
    const known = indexes.get(names);
    if (known) return known;
    const made = createNameIndex(names);
    indexes.set(names, made);
    return made;
  };
  return {
    search: (names, query, options) => indexOf(names).search(query, options),
    didYouMean: (names, name, limit) => indexOf(names).didYouMean(name, limit),
    compileMatcher,
  };
}
