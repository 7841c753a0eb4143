import type { Series, SeriesStore, Window } from '@skylark/core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Problem } from '../http/problem.js';

/** Datapoints one answer may be made of: 16 bytes each are held while it is written. */
export const mostDatapoints = 5_000_000;
/** Read at a time, so that a long window does not hold the event loop. */
const sliceSeconds = 4 * 86_400;

/** A metric's datapoints in a window of any length. @throws Problem bad-request when they are too many */
export async function readWindow(series: SeriesStore, metric: string, { from, until }: Window): Promise<Series> {
  const parts: Series[] = [];
  let points = 0;
  for (let start = from; start < until; start += sliceSeconds) {
    const [part] = await series.read([metric], { from: start, until: Math.min(until, start + sliceSeconds) });
    if (!part || part.timestamps.length === 0) continue;
    points += part.timestamps.length;
    if (points > mostDatapoints) throw new Problem('bad-request', `the window holds more than ${mostDatapoints} datapoints; ask for shorter ones`);
    parts.push(part);
    await nextTurn();
  }
  return joinSeries(metric, parts, points);
}

function joinSeries(metric: string, parts: readonly Series[], points: number): Series {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const timestamps = new Float64Array(points);
  const values = new Float64Array(points);
  let at = 0;
  for (const part of parts) {
    timestamps.set(part.timestamps, at);
    values.set(part.values, at);
    at += part.timestamps.length;
  }
  return { metric, timestamps, values };
}
