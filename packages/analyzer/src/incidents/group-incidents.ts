import type { AnomalyFinding, Incident } from '@skylark/core';

/** An anomaly that starts within so long of the one before belongs to the same incident ... */
export const togetherSeconds = 180;
/** ... until the incident's first start is so long ago: a steady trickle is not one incident. */
export const longestGatheringSeconds = 900;

type Member = Pick<AnomalyFinding, 'id' | 'metric' | 'start' | 'end' | 'score' | 'state'>;

/**
 * Groups anomalies that started together, newest incident first. Within one, who moved first comes first; at the same start the higher score.
 *
 * @example groupIncidents([{ id: 'a', metric: 'm', start: 0, ... }, { id: 'b', metric: 'n', start: 60, ... }]) // one incident, leader m
 */
export function groupIncidents(anomalies: readonly Member[]): Incident[] {
  const ordered = [...anomalies].sort((a, b) => a.start - b.start || b.score - a.score || (a.metric < b.metric ? -1 : 1));
  const groups: Member[][] = [];
  for (const anomaly of ordered) {
    const group = groups.at(-1);
    if (group !== undefined && anomaly.start - group.at(-1)!.start <= togetherSeconds && anomaly.start - group[0]!.start <= longestGatheringSeconds) group.push(anomaly);
    else groups.push([anomaly]);
  }
  return groups.map(incidentOf).reverse();
}

function incidentOf(members: readonly Member[]): Incident {
  const [leader] = members;
  const open = members.some(({ state }) => state === 'open');
  return {
    id: leader!.id,
    state: open ? 'open' : 'closed',
    start: leader!.start,
    end: open ? null : Math.max(...members.map(({ end, start }) => end ?? start)),
    leader: leader!.metric,
    anomalies: members.map(({ id }) => id),
    metrics: [...new Set(members.map(({ metric }) => metric))],
    score: Math.max(...members.map(({ score }) => score)),
    related: [],
  };
}
