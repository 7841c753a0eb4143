import { shardOf } from '@skylark/core';
import type { AnomalyIndex, SeriesStore } from '@skylark/core';
import { documentsOf, isQuery, liveMatcher } from '../candidates.js';
import type { Ranked } from '../nearest.js';
import type { ReadingOrder } from '../reading-order.js';
import type { SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';
import type { Aligner, Placement } from './aligner.js';

const metricsAtOnce = 32;
/** A shortlist's metrics are of as many shards as there are metrics, and each shard is a look through its log: so many of them are a few milliseconds. */
const listedAtOnce = 8;

/** One candidate at a time, so that others get their turn: what it is worth, or null where it cannot be compared. */
export type AlignedReader = (query: ShapeQuery, plan: SearchPlan, aligner: Aligner) => AsyncGenerator<Ranked | null>;

/** Reads live series, those of the shortlist where there is one, else all in the order given, and places the query in each. */
export function createAlignedLiveReader(series: SeriesStore, order: ReadingOrder): (shortlist: readonly string[] | null) => AlignedReader {
  return (shortlist) => async function* live(query, plan, aligner) {
    const accepts = liveMatcher(query, plan, plan.freedom?.anywhere ?? false);
    const batches = shortlist === null ? order({ metric: query.metric, window: query.window, accepts, atOnce: metricsAtOnce }) : inBatches(shortlist, series.shards);
    for await (const metrics of batches) {
      for (const { metric, timestamps, values } of await series.read(metrics, aligner.window)) {
        const placement = aligner.place(timestamps, values);
        const own = metric === query.metric && placement !== null && overlap(placement, query) > 0.5;
        yield placement === null || own ? null : ranked(placement, { metric, source: 'live', lagSeconds: placement.from - query.first });
      }
    }
  };
}

/** Best first, but for those of one shard within a few batches side by side. */
function* inBatches(metrics: readonly string[], shards: number): Generator<readonly string[]> {
  for (let first = 0; first < metrics.length; first += metricsAtOnce) {
    const some = metrics.slice(first, first + metricsAtOnce).sort((a, b) => shardOf(a, shards) - shardOf(b, shards));
    for (let at = 0; at < some.length; at += listedAtOnce) yield some.slice(at, at + listedAtOnce);
  }
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
