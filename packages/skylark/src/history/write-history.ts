import { type DatapointBatch, type Series, type SeriesStore, SkylarkError } from '@skylark/core';
import { checkMetricName } from '@skylark/horizon';

export interface HistoryTarget {
  readonly series: SeriesStore;
  readonly retentionSeconds: number | null;
  readonly maxNameBytes: number;
  readonly now: number;
  readonly leaveOutOld: boolean;
}

const batchSize = 20_000;

/**
 * Appends a stretch of history; durable when it resolves. Answers how many datapoints it was.
 *
 * @throws SkylarkError too-old-for-retention, bad-request (a name or number no store could hold); then nothing is stored
 */
export async function writeHistory({ series, retentionSeconds, maxNameBytes, now, leaveOutOld }: HistoryTarget, { metric, timestamps, values }: Series): Promise<number> {
  checkName(metric, maxNameBytes);
  if (!values.every(Number.isFinite) || !timestamps.every((timestamp) => timestamp > 0 && timestamp < 2 ** 32)) {
    throw new SkylarkError('bad-request', `${metric}: values must be finite, timestamps in seconds between 0 and 2^32`);
  }
  const oldest = retentionSeconds === null ? 0 : now - retentionSeconds;
  const first = timestamps[0] ?? oldest;
  if (retentionSeconds !== null && first < oldest && !leaveOutOld) {
    throw new SkylarkError('too-old-for-retention', `${metric} begins ${((now - first) / 86_400).toFixed(1)} days ago; datapoints are kept for ${(retentionSeconds / 86_400).toFixed(1)} days`);
  }
  const kept = timestamps.findIndex((timestamp) => timestamp >= oldest);
  if (kept < 0) return 0;
  const [handle = 0] = await series.handles([metric]);
  for (let start = kept; start < timestamps.length; start += batchSize) {
    await series.append(batchOf(handle, timestamps.subarray(start, start + batchSize), values.subarray(start, start + batchSize)));
  }
  return timestamps.length - kept;
}

function batchOf(handle: number, timestamps: Float64Array, values: Float64Array): DatapointBatch {
  return { handles: new Uint32Array(timestamps.length).fill(handle), timestamps, values, length: timestamps.length };
}

function checkName(metric: string, maxNameBytes: number): void {
  if (checkMetricName(metric, maxNameBytes) !== null) {
    throw new SkylarkError('bad-request', `${JSON.stringify(metric.slice(0, 100))} is no metric name: 1 to ${maxNameBytes} bytes without control characters`);
  }
}
