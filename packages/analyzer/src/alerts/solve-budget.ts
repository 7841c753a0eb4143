import type { Incident } from '@skylark/core';

/** What a budget does to the incidents of some days. */
export interface SolvedBudget {
  readonly thresholds: readonly { readonly group: string; readonly minScore: number }[];
}

/** The first segment of a name: who it belongs to. */
export const groupOf = (metric: string): string => metric.split('.', 1)[0] ?? metric;

type Scored = Pick<Incident, 'leader' | 'score'>;

/**
 * From which score on incidents of each group are notified so that on average at most `perDay` are, by what the last days brought.
 *
 * Fair: every group may have an equal part, and what a quiet group leaves is parted again among the others (max-min fairness). A group's threshold
 * is the lowest score that keeps it within its part, and never below `minScore`.
 */
export function solveBudget(incidents: readonly Scored[], { perDay, days, minScore }: { perDay: number; days: number; minScore: number }): SolvedBudget {
  const groups = new Map<string, number[]>();
  for (const { leader, score } of incidents) {
    if (score < minScore) continue;
    const scores = groups.get(groupOf(leader)) ?? [];
    scores.push(score);
    groups.set(groupOf(leader), scores);
  }
  const shares = fairShares(new Map([...groups].map(([group, scores]) => [group, scores.length])), perDay * days);
  const thresholds = [...groups].map(([group, scores]) => ({ group, minScore: thresholdOf(scores, Math.floor(shares.get(group)!), minScore) }));
  return { thresholds: thresholds.sort((a, b) => (a.group < b.group ? -1 : 1)) };
}

/** Water filling: the smallest wishes are granted whole, the rest is parted among those who want more. */
export function fairShares(wishes: ReadonlyMap<string, number>, total: number): Map<string, number> {
  const shares = new Map<string, number>();
  let left = total;
  const ascending = [...wishes].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  ascending.forEach(([group, wish], i) => {
    const share = Math.min(wish, left / (ascending.length - i));
    shares.set(group, share);
    left -= share;
  });
  return shares;
}

/** Just above the first score that does not fit; 100.001 is out of reach. */
function thresholdOf(scores: readonly number[], count: number, minScore: number): number {
  const descending = [...scores].sort((a, b) => b - a);
  const first = descending[count];
  if (first === undefined) return minScore;
  const fits = descending.slice(0, count).filter((score) => score > first);
  return fits.at(-1) ?? first + 0.001;
}
