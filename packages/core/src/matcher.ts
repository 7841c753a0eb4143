/** Says whether a metric's name is meant. Compiled from a glob, a /regex/ (linear time) or an exact name; see `compileMatcher` in algorithms. */
export type NameMatcher = (metric: string) => boolean;
