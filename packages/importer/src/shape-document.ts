import { cutToAnomaly, fingerprint, resample, shapeVector } from '@skylark/algorithms';
import type { AnomalyFinding, Series, ShapeDocument } from '@skylark/core';

/** A snapshot keeps at most this many datapoints (64 KiB); a denser window is resampled to it. Search compares at most 512. */
const mostSnapshotPoints = 4096;

/**
 * The document of an anomaly: its id, its window with context, and a copy of the data with fingerprint and shape vector.
 *
 * @param series the metric over `widestAnomalyWindow(anomaly, contextSeconds)`; with fewer than 2 datapoints the document has no shape
 */
export function shapeDocument(anomaly: AnomalyFinding, series: Series, contextSeconds: number): ShapeDocument {
  const { window, series: cut } = cutToAnomaly(series, anomaly, contextSeconds);
  const { timestamps, values } = bounded(cut);
  const { id, metric, kind, score, start, end } = anomaly;
  return { id, metric, kind, score, start, end, ...window, timestamps, values, fingerprint: fingerprint(values), vector: shapeVector(timestamps, values) };
}

/**
 * The newer document with the older one's data, where the store has meanwhile forgotten some of what the older one holds:
 * a snapshot is the copy that stays.
 */
export function keepingSnapshot(newer: ShapeDocument, older: ShapeDocument | undefined): ShapeDocument {
  const oldest = older?.timestamps[0];
  if (older === undefined || oldest === undefined || (newer.timestamps[0] ?? Infinity) <= oldest) return newer;
  const { from, until, timestamps, values, fingerprint: words, vector } = older;
  return { ...newer, from, until, timestamps, values, fingerprint: words, vector };
}

/** At most 4,096 datapoints, ends included. */
export function bounded(series: Series): Series {
  const { metric, timestamps, values } = series;
  if (timestamps.length <= mostSnapshotPoints) return series;
  const first = timestamps[0]!;
  const span = timestamps[timestamps.length - 1]! - first;
  const instants = Float64Array.from({ length: mostSnapshotPoints }, (_, k) => first + (span * k) / (mostSnapshotPoints - 1));
  return { metric, timestamps: instants, values: resample(timestamps, values, mostSnapshotPoints) };
}
