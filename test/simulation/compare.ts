import { isDeepStrictEqual } from 'node:util';
import type { Anomaly } from '@skylark/core';

/** Whether the same anomaly was found: the same in all that the analyzer says of it. What people said is theirs, and when they did: it hides when the analyzer last spoke. */
export function anomalyIsIn(found: readonly Anomaly[], expected: Anomaly): boolean {
  const own = found.find(({ id }) => id === expected.id);
  return own !== undefined && isDeepStrictEqual(saidOf(own), saidOf(expected)) && (own.note !== null || own.updated === expected.updated);
}

function saidOf({ id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged }: Anomaly) {
  return { id, metric, kind, state, start, end, peak, value, score, expected, votes, detectors, explanation, lastFlagged };
}

/** Whether an anomaly of the same metric and kind is there at about that time. */
export function metAbout(found: readonly Anomaly[], expected: Anomaly): boolean {
  return found.some(({ metric, kind, start, lastFlagged }) => metric === expected.metric && kind === expected.kind && start <= expected.lastFlagged && lastFlagged >= expected.start);
}
