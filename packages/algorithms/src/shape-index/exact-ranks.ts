/** One of the nearest, ranked by its exact distance. */
export interface ExactRank {
  readonly id: number;
  readonly distance: number;
}

/**
 * The nearest in their exact order: every candidate's distance in double precision, ascending, ties as `tie` says.
 *
 * @param candidates what `ShapeSearch.nearest` answered: all that can be among the nearest
 * @param distance exact; Infinity for one that turns out to be none
 */
export function exactRanks(candidates: readonly { readonly id: number }[], { count, distance, tie }: { count: number; distance: (id: number) => number; tie: (a: number, b: number) => number }): ExactRank[] {
  return candidates.map(({ id }) => ({ id, distance: distance(id) }))
    .filter((one) => one.distance < Infinity)
    .sort((a, b) => a.distance - b.distance || tie(a.id, b.id))
    .slice(0, count);
}
