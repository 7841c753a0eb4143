import { resample, searchDtw, zNormalise } from '@skylark/algorithms';
import { isSkylarkError } from '@skylark/core';
import type { SeenBefore, ShapeDocument } from '@skylark/core';
import { documentsOf, isQuery } from './candidates.js';
import { alikeWithin } from './matching-collections.js';
import { createPause } from './ranking.js';
import { searchPlan } from './search-plan.js';
import { type QueryPorts, shapeQuery, type ShapeQuery } from './shape-query.js';

/** A page waits for it. */
const budgetMs = 500;
/** Points of the two windows compared. */
const points = 128;
/** What both windows hold before the beginning, and after it, is at least so much of what the longer one holds there. */
const leastShared = 0.5;

/** A window with an anomaly in it. */
interface Snapshot {
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** When the anomaly began. */
  readonly start: number;
}

/**
 * Finds the past anomalies, of any metric, that look like one: by DTW, as a whole or held against each other where they began. The same trouble may be over in
 * ten minutes or in twenty, and its window is longer then: resampled as wholes the two would not be alike.
 *
 * Nearest first, with what people said of them; none where it has no shape, or while the index is away. Stops after half a second with what it has.
 */
export function createSeenBefore(ports: QueryPorts): (anomaly: string, limit: number) => Promise<SeenBefore[]> {
  const { index, log, clock } = ports;

  async function queryOf(anomaly: string): Promise<ShapeQuery | null> {
    return shapeQuery(searchPlan({ anomaly }), ports).catch(nothingIf('flat-query', 'too-few-points', 'index-away'));
  }

  async function nearest(query: ShapeQuery, start: number): Promise<{ id: string; distance: number }[]> {
    const compare = comparerWith(query, start);
    const untilMs = clock.elapsedMs() + budgetMs;
    const pause = createPause(clock);
    const found: { id: string; distance: number }[] = [];
    for await (const documents of documentsOf(index, query, { slop: null })) {
      for (const document of documents) {
        if (isQuery(document, query) || document.start >= start) continue;
        const distance = compare(document);
        if (distance <= alikeWithin) found.push({ id: document.id, distance });
        await pause();
      }
      if (clock.elapsedMs() > untilMs) break;
    }
    return found.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
  }

  return async (anomaly, limit) => {
    const [own, query] = [await log.get(anomaly), await queryOf(anomaly)];
    if (query === null) return [];
    const start = own?.start ?? (await index.get([anomaly]))[0]?.start ?? query.last;
    const alike = await nearest(query, start).catch(nothingIf('index-away')) ?? [];
    // The log forgets before the index does, now and then.
    const known = await Promise.all(alike.slice(0, 4 * limit).map(async ({ id, distance }) => ({ distance, past: await log.get(id) })));
    return known.flatMap(({ distance, past }): SeenBefore[] => {
      if (past === null) return [];
      const { id, metric, start, feedback, note } = past;
      return [{ id, metric, start, distance: distance * Math.sqrt(query.points.length), feedback, note }];
    }).slice(0, limit);
  };
}

/** The distance per point of z-normalised curves; Infinity where there is nothing to compare. */
function comparerWith(query: ShapeQuery, start: number): (document: ShapeDocument) => number {
  const step = (query.last - query.first) / (query.points.length - 1);
  const own = { timestamps: query.points.map((_, i) => query.first + i * step), values: query.points, start };
  const whole = shapeOf(own);
  return (document) => {
    const wholes = distanceOf(whole, shapeOf(document));
    const shared = sharedOf(own, document);
    return shared === null ? wholes : Math.min(wholes, distanceOf(shapeOf(cut(own, shared)), shapeOf(cut(document, shared))));
  };
}

function distanceOf(a: Float64Array | null, b: Float64Array | null): number {
  return a === null || b === null ? Infinity : searchDtw(a, b, { abandonAbove: alikeWithin * Math.sqrt(points) }) / Math.sqrt(points);
}

const shapeOf = ({ timestamps, values }: Omit<Snapshot, 'start'>): Float64Array | null => (values.length < 2 ? null : zNormalise(resample(timestamps, values, points)));

/** Seconds from the beginning that both hold; null where that is too little of either to say that they are alike. */
function sharedOf(a: Snapshot, b: Snapshot): { from: number; until: number } | null {
  const [left, right] = [reachOf(a), reachOf(b)];
  const shared = { from: Math.max(left.from, right.from), until: Math.min(left.until, right.until) };
  const enough = shared.from <= leastShared * Math.min(left.from, right.from) && shared.until >= leastShared * Math.max(left.until, right.until);
  return enough ? shared : null;
}

function reachOf({ timestamps, start }: Snapshot): { from: number; until: number } {
  return { from: (timestamps[0] ?? start) - start, until: (timestamps[timestamps.length - 1] ?? start) - start };
}

function cut({ timestamps, values, start }: Snapshot, { from, until }: { from: number; until: number }): Omit<Snapshot, 'start'> {
  const inside = (at: number): boolean => at - start >= from && at - start <= until;
  const first = timestamps.findIndex(inside);
  const end = timestamps.findLastIndex(inside) + 1;
  return first < 0 ? { timestamps: new Float64Array(0), values: new Float64Array(0) } : { timestamps: timestamps.subarray(first, end), values: values.subarray(first, end) };
}

function nothingIf(...codes: Parameters<typeof isSkylarkError>[1][]): (error: unknown) => null {
  return (error) => {
    if (codes.some((code) => isSkylarkError(error, code))) return null;
    throw error;
  };
}
