import { createHash } from 'node:crypto';
import type { AnomalyKind } from '@skylark/core';

/**
 * The id of an anomaly: the first 128 bits, in hexadecimal, of SHA-256 over `metric LF kind LF start`. The same finding has the same id
 * whoever finds it and however often, so a round that runs twice or a replay writes one anomaly, not two.
 *
 * Names hold no control characters, so no two findings share a text.
 */
export function anomalyId(metric: string, kind: AnomalyKind, start: number): string {
  return createHash('sha256').update(`${metric}\n${kind}\n${start}`).digest('hex').slice(0, 32);
}
