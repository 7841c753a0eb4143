import type { AnomalyList, ListedAnomaly } from './api-types.js';

export type AnomalyEventName = 'opened' | 'updated' | 'closed' | 'annotated' | 'removed';

/** Highest score first; of equal scores the youngest first, then by id, so that the order is the same everywhere. */
export function byScore(a: ListedAnomaly, b: ListedAnomaly): number {
  return b.score - a.score || b.start - a.start || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A list of open anomalies after an event; the same object when the event changes nothing in it. */
export function applyEvent(list: AnomalyList, name: AnomalyEventName, anomaly: ListedAnomaly): AnomalyList {
  const known = list.anomalies.find(({ id }) => id === anomaly.id);
  const rest = known ? list.anomalies.filter((other) => other !== known) : list.anomalies;
  if (name === 'removed' || anomaly.state === 'closed') return known ? { ...list, total: list.total - 1, anomalies: rest } : list;
  return { ...list, total: list.total + (known ? 0 : 1), anomalies: [...rest, anomaly].sort(byScore) };
}
