import { createNearest } from '../nearest.js';
import type { LiveShapes } from '../live/live-shapes.js';
import { createPause } from '../ranking.js';
import type { Ranking, RankingContext } from '../ranking.js';
import type { Freedom, SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';
import type { AlignedReader } from './aligned-readers.js';
import { createAligner } from './aligner.js';

export interface AlignedReaders {
  /** Of these metrics alone, nearest first as the index saw them; null: of all. */
  readonly live: (shortlist: readonly string[] | null) => AlignedReader;
  readonly anomalies: AlignedReader;
}

/** Of a shortlist so many are read, and per match wanted: reading one costs a look through its shard's log, 1 to 8 ms. */
const fewestRead = 64;
const readPerWanted = 4;

/**
 * With freedom each candidate is placed where it fits best, and so compared as it is read. Of many live series that the index holds only a shortlist is read: those that come nearest
 * at their best shift, at the index' resolution; first by Euclid of all, then by the search's own method of what Euclid left. Among what is read ranks are exact.
 */
export function createAlignedRanking(plan: SearchPlan & { readonly freedom: Freedom }, query: ShapeQuery, readers: AlignedReaders, { stages, clock, untilMs, live }: RankingContext & { readonly live: LiveShapes | undefined }): Ranking {
  const aligner = createAligner(query, plan, clock.now());
  const wanted = plan.offset + plan.limit;
  const nearest = createNearest(wanted);
  const pause = createPause(clock);
  let [total, outOfTime] = [0, false];

  /** Who is to be read; how many are comparable is known then. */
  async function listed(): Promise<readonly string[] | null> {
    const shortlister = live?.shortlister(query, plan) ?? null;
    if (shortlister === null) return null;
    const shortlist = await shortlister({ count: Math.max(fewestRead, readPerWanted * wanted), stages, pause });
    total += shortlist.candidates;
    return shortlist.metrics;
  }

  return {
    nearest,
    total: () => total,
    outOfTime: () => outOfTime,
    path: ({ points, sign = 1 }) => aligner.comparer.path(points, sign),
    async add(source) {
      const shortlist = source === 'live' ? await listed() : null;
      const reader = source === 'live' ? readers.live(shortlist) : readers.anomalies;
      const candidates = reader(query, plan, aligner);
      while (!outOfTime) {
        const next = await stages.timeAsync(`${source}: align`, () => candidates.next(), ({ done }) => (done ? 0 : 1));
        if (next.done) return;
        if (next.value !== null && shortlist === null) total += 1;
        if (next.value !== null && next.value.distance <= nearest.limit) nearest.offer(next.value);
        outOfTime = clock.elapsedMs() > untilMs;
        await pause();
      }
    },
  };
}
