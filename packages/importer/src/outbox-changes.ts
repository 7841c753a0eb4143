import type { Anomaly, AnomalyEvent } from '@skylark/core';

/** What a stretch of events means for the index: each anomaly at most once, as its last event left it. */
export interface OutboxChanges {
  readonly puts: readonly Anomaly[];
  readonly removals: readonly string[];
}

/** Coalesces events. What people said (`annotated`) is no part of a document. */
export function outboxChanges(events: readonly AnomalyEvent[]): OutboxChanges {
  const last = new Map<string, AnomalyEvent>();
  for (const event of events) if (event.type !== 'annotated') last.set(event.anomaly.id, event);
  const changes = [...last.values()];
  return {
    puts: changes.filter(({ type }) => type !== 'removed').map(({ anomaly }) => anomaly),
    removals: changes.filter(({ type }) => type === 'removed').map(({ anomaly }) => anomaly.id),
  };
}
