import type { Anomaly, AnomalyLog, Incident, Window } from '@skylark/core';
import { groupIncidents, longestGatheringSeconds } from './group-incidents.js';

/** Anomalies read for one answer, at most: the highest scores of a window that holds more. */
const mostAnomalies = 20_000;

export interface IncidentsRead {
  readonly incidents: readonly Incident[];
  readonly anomalies: ReadonlyMap<string, Anomaly>;
}

/** The incidents that overlap a window, newest first, with the anomalies they are made of. What started shortly before the window is read too, so that no incident is cut. */
export async function readIncidents(log: AnomalyLog, { from, until }: Window): Promise<IncidentsRead> {
  const anomalies = new Map<string, Anomaly>();
  for (let cursor: string | undefined; anomalies.size < mostAnomalies; ) {
    const page = await log.query({ state: 'all', from: from - 2 * longestGatheringSeconds, until, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const anomaly of page.anomalies) anomalies.set(anomaly.id, anomaly);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  const incidents = groupIncidents([...anomalies.values()]).filter(({ start, end }) => start < until && (end === null || end >= from));
  return { incidents, anomalies };
}
