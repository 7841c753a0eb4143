import type { AnomalyIndex, SeriesStore } from '@skylark/core';
import { createNameCache, documentsOf, isQuery, liveNames } from '../candidates.js';
import type { Ranked } from '../nearest.js';
import type { SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';
import type { Aligner, Placement } from './aligner.js';

const metricsAtOnce = 32;

/** One candidate at a time, so that others get their turn: what it is worth, or null where it cannot be compared. */
export type AlignedReader = (query: ShapeQuery, plan: SearchPlan, aligner: Aligner) => AsyncGenerator<Ranked | null>;

export function createAlignedLiveReader(series: SeriesStore): AlignedReader {
  const names = createNameCache(series);
  return async function* live(query, plan, aligner) {
    const anywhere = plan.freedom?.anywhere ?? false;
    for (let shard = 0; shard < series.shards; shard += 1) {
      const metrics = liveNames(await names(shard), query, plan, anywhere);
      for (let at = 0; at < metrics.length; at += metricsAtOnce) {
        for (const { metric, timestamps, values } of await series.read(metrics.slice(at, at + metricsAtOnce), aligner.window)) {
          const placement = aligner.place(timestamps, values);
          const own = metric === query.metric && placement !== null && overlap(placement, query) > 0.5;
          yield placement === null || own ? null : ranked(placement, { metric, source: 'live', lagSeconds: placement.from - query.first });
        }
      }
    }
  };
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
