import type { AnomalyFinding } from '@skylark/core';

export interface FindingsCompared {
  /** To be written: new ones, and those under a recorded id that are not as recorded. */
  readonly write: readonly AnomalyFinding[];
  /** Everything that was found, under the ids it has or would have. */
  readonly found: readonly AnomalyFinding[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Recorded, closed, begun within the span, and not found again. */
  readonly missing: readonly string[];
}

/**
 * What was found beside what is recorded of the same metric and span.
 *
 * A finding that overlaps a recorded one of its kind is that one: it takes its id, so that what people said of it stays with it. What is recorded as open
 * belongs to the rounds and is left alone.
 */
export function compareFindings(found: readonly AnomalyFinding[], recorded: readonly AnomalyFinding[], from: number): FindingsCompared {
  const free = new Set(recorded);
  const pairs = found.map((finding) => {
    const match = matchOf(finding, free);
    if (match) free.delete(match);
    return { finding: match ? { ...finding, id: match.id } : finding, match };
  });
  const added = pairs.filter(({ match }) => match === undefined);
  const changed = pairs.filter(({ finding, match }) => match?.state === 'closed' && differs(finding, match));
  const ids = (list: typeof pairs): string[] => list.map(({ finding }) => finding.id);
  return {
    write: [...added, ...changed].map(({ finding }) => finding),
    found: pairs.map(({ finding }) => finding),
    added: ids(added),
    changed: ids(changed),
    missing: Array.from(free).filter(({ state, start }) => state === 'closed' && start >= from).map(({ id }) => id),
  };
}

function matchOf(finding: AnomalyFinding, free: ReadonlySet<AnomalyFinding>): AnomalyFinding | undefined {
  const candidates = Array.from(free).filter((one) => one.kind === finding.kind && one.start <= endOf(finding) && finding.start <= endOf(one));
  return candidates.find(({ id }) => id === finding.id) ?? candidates[0];
}

const endOf = ({ end }: AnomalyFinding): number => end ?? Infinity;

function differs(a: AnomalyFinding, b: AnomalyFinding): boolean {
  return a.start !== b.start || a.end !== b.end || a.peak !== b.peak || a.value !== b.value || a.score !== b.score;
}
