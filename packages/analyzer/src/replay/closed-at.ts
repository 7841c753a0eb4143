import type { AnomalyFinding } from '@skylark/core';

/** A finding that nobody will follow any further: a deviation ends with what was flagged last, a silence where looking ends. */
export function closedAt(finding: AnomalyFinding, until: number): AnomalyFinding {
  if (finding.state === 'closed') return finding;
  return { ...finding, state: 'closed', end: finding.kind === 'stopped' ? until : finding.lastFlagged };
}
