import type { AnomalyIndex, SeriesStore } from '@skylark/core';
import { documentsOf, isQuery, liveMatcher } from '../candidates.js';
import type { Ranked } from '../nearest.js';
import type { ReadingOrder } from '../reading-order.js';
import type { SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';
import type { Aligner, Placement } from './aligner.js';

const metricsAtOnce = 32;

/** One candidate at a time, so that others get their turn: what it is worth, or null where it cannot be compared. */
export type AlignedReader = (query: ShapeQuery, plan: SearchPlan, aligner: Aligner) => AsyncGenerator<Ranked | null>;

/** Reads live series, those of the shortlist where there is one, else all in the order given, and places the query in each. */
export function createAlignedLiveReader(series: SeriesStore, order: ReadingOrder): (shortlist: readonly string[] | null) => AlignedReader {
  return (shortlist) => async function* live(query, plan, aligner) {
    const accepts = liveMatcher(query, plan, plan.freedom?.anywhere ?? false);
    const batches = shortlist === null ? order({ metric: query.metric, window: query.window, accepts, atOnce: metricsAtOnce }) : inBatches(shortlist);
    for await (const metrics of batches) {
      for (const { metric, timestamps, values } of await series.read(metrics, aligner.window)) {
        const placement = aligner.place(timestamps, values);
        const own = metric === query.metric && placement !== null && overlap(placement, query) > 0.5;
        yield placement === null || own ? null : ranked(placement, { metric, source: 'live', lagSeconds: placement.from - query.first });
      }
    }
  };
}

function* inBatches(metrics: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < metrics.length; at += metricsAtOnce) yield metrics.slice(at, at + metricsAtOnce);
}

export function createAlignedAnomalyReader(index: AnomalyIndex): AlignedReader {
  return async function* anomalies(query, plan, aligner) {
    for await (const documents of documentsOf(index, query, plan)) {
      for (const document of documents) {
        if (isQuery(document, query) || plan.excluded(document.metric)) continue;
        const placement = aligner.placeKept(document.timestamps, document.values);
        yield placement === null ? null : ranked(placement, { metric: document.metric, source: 'anomaly', id: document.id });
      }
    }
  };
}

function ranked({ distance, from, until, points, sign }: Placement, what: { metric: string; source: 'live' | 'anomaly'; id?: string; lagSeconds?: number }): Ranked {
  return { distance, candidate: { ...what, from, until, points, shape: points, sign } };
}

/** The part of the query's window that a placement covers. */
function overlap({ from, until }: Placement, { first, last }: ShapeQuery): number {
  return (Math.min(until, last) - Math.max(from, first)) / (last - first);
}
