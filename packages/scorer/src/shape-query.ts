import { cutToAnomaly, resample, resampleEven, widestAnomalyWindow, zNormalise } from '@skylark/algorithms';
import { isSkylarkError, SkylarkError } from '@skylark/core';
import type { Anomaly, AnomalyIndex, AnomalyLog, Clock, Series, SeriesStore, ShapeDocument, Window } from '@skylark/core';
import type { SearchPlan } from './search-plan.js';

/** Points compared, at most: longer windows are resampled. */
export const mostPointsCompared = 512;
const hourSeconds = 3600;

/** The query, ready to be compared. */
export interface ShapeQuery {
  /** Absent for a curve. */
  readonly metric?: string;
  /** The anomaly's id, where it is the query. */
  readonly anomaly?: string;
  readonly window: Window;
  /** The resampled points in their own unit, and z-normalised. */
  readonly points: Float64Array;
  readonly shape: Float64Array;
  /** 1 for each point that counts; absent: all do. */
  readonly counts?: Uint8Array;
  /** Times of the first and the last point; a curve's are those of its window. */
  readonly first: number;
  readonly last: number;
}

export interface QueryPorts {
  readonly series: SeriesStore;
  readonly index: AnomalyIndex;
  readonly log: AnomalyLog;
  readonly clock: Clock;
  readonly contextSeconds: number;
  /** Points in which a window is compared that a live index holds; undefined for any other. */
  readonly lengthFor?: (window: Window) => number | undefined;
}

/**
 * Finds what a plan asks to look for. Default windows: an anomaly's span plus context, as kept in the index; else the hour
 * that ends with the metric's newest datapoint; for a curve, with which live series are compared over its window, the last hour.
 *
 * @throws SkylarkError `unknown-metric`, `unknown-anomaly`, `too-few-points`, `flat-query`
 */
export async function shapeQuery(plan: SearchPlan, ports: QueryPorts): Promise<ShapeQuery> {
  const { source } = plan;
  if (source.by === 'values') return curveQuery(source, plan, windowFor(plan, ports.clock.now()), ports);
  if (source.by === 'metric') return metricQuery(source.metric, plan, ports);
  return anomalyQuery(source.anomaly, plan, ports);
}

/** Resampled points of a series, and their shape; null where there is none: fewer than 2 datapoints, or flat. */
export function shapeOf(timestamps: Float64Array, values: Float64Array, length: number): { points: Float64Array; shape: Float64Array } | null {
  if (values.length < 2) return null;
  const points = resample(timestamps, values, length);
  const shape = zNormalise(points);
  return shape === null ? null : { points, shape };
}

/** The window of a plan: as given, else the hour up to `newest`. */
export function windowFor({ from, until }: SearchPlan, newest: number): Window {
  const end = until ?? Math.max(newest, from ?? 0);
  const window = { from: from ?? Math.max(0, end - hourSeconds), until: end };
  if (window.from >= window.until) throw new SkylarkError('bad-request', 'from must be before until, which is now by default');
  return window;
}

function curveQuery({ values, counts }: { values: Float64Array; counts: Uint8Array | null }, plan: SearchPlan, window: Window, { lengthFor }: QueryPorts): ShapeQuery {
  const points = resampleEven(values, lengthOf(window, values, plan.freedom === null ? lengthFor : undefined));
  const shape = zNormalise(points);
  if (shape === null) throw new SkylarkError('flat-query', 'all values are the same');
  const curve = { window, points, shape, first: window.from, last: window.until };
  if (counts === null || plan.freedom === null) return curve;
  return { ...curve, counts: Uint8Array.from(points, (_, i) => counts[Math.round((i * (counts.length - 1)) / (points.length - 1))]!) };
}

async function metricQuery(metric: string, plan: SearchPlan, { series, clock, lengthFor }: QueryPorts): Promise<ShapeQuery> {
  const [span] = await series.spans([metric]);
  if (span?.lastTimestamp == null) throw new SkylarkError('unknown-metric', metric);
  const window = windowFor(plan, Math.min(clock.now(), span.lastTimestamp + 1));
  const [read] = await series.read([metric], window);
  return seriesQuery(read!, window, plan.freedom === null ? lengthFor : undefined);
}

async function anomalyQuery(id: string, plan: SearchPlan, ports: QueryPorts): Promise<ShapeQuery> {
  const anomaly = await ports.log.get(id);
  if (plan.from !== undefined || plan.until !== undefined) {
    const metric = anomaly?.metric ?? (await documentOf(id, ports.index))?.metric;
    if (metric === undefined) throw new SkylarkError('unknown-anomaly', id);
    return { ...await metricQuery(metric, plan, ports), anomaly: id };
  }
  const found = await anomalySeries(id, anomaly, ports);
  return { ...seriesQuery(found.series, found.window), anomaly: id };
}

/** While an anomaly is open the store knows more than the index; after that the index' copy is the one that stays. */
async function anomalySeries(id: string, anomaly: Anomaly | null, ports: QueryPorts): Promise<{ window: Window; series: Series }> {
  const stored = anomaly?.state === 'open' ? await readAnomaly(anomaly, ports) : null;
  if (stored !== null && stored.series.values.length >= 2) return stored;
  const kept = await documentOf(id, ports.index).catch((error: unknown) => {
    if (anomaly === null || !isSkylarkError(error, 'index-away')) throw error;
    return undefined;
  });
  if (kept !== undefined && kept.values.length >= 2) return { window: { from: kept.from, until: kept.until }, series: kept };
  if (anomaly !== null) return stored ?? readAnomaly(anomaly, ports);
  if (kept === undefined) throw new SkylarkError('unknown-anomaly', id);
  return { window: { from: kept.from, until: kept.until }, series: kept };
}

async function readAnomaly(anomaly: Anomaly, { series, contextSeconds }: QueryPorts): Promise<{ window: Window; series: Series }> {
  const [read] = await series.read([anomaly.metric], widestAnomalyWindow(anomaly, contextSeconds));
  return cutToAnomaly(read!, anomaly, contextSeconds);
}

async function documentOf(id: string, index: AnomalyIndex): Promise<ShapeDocument | undefined> {
  return (await index.get([id]))[0];
}

function seriesQuery({ metric, timestamps, values }: Series, window: Window, lengthFor?: QueryPorts['lengthFor']): ShapeQuery {
  if (values.length < 2) throw new SkylarkError('too-few-points', `${metric} has ${values.length} in its window, 2 are needed`);
  const shaped = shapeOf(timestamps, values, lengthOf(window, values, lengthFor));
  if (shaped === null) throw new SkylarkError('flat-query', `${metric} is constant in its window`);
  return { metric, window, ...shaped, first: timestamps[0]!, last: timestamps[timestamps.length - 1]! };
}

function lengthOf(window: Window, values: Float64Array, lengthFor: QueryPorts['lengthFor']): number {
  return lengthFor?.(window) ?? Math.min(mostPointsCompared, values.length);
}
