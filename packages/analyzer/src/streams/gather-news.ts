import type { Series, SeriesStore } from '@skylark/core';
import type { Pending } from './shard-states.js';

/** Columns of one metric, as many pieces as they came in. */
type Pieces = readonly Pick<Series, 'timestamps' | 'values'>[];

export interface News {
  readonly cursor: string;
  /** True: the log no longer holds what came after the cursor given; the windows are to be read anew. */
  readonly missed: boolean;
  readonly pieces: ReadonlyMap<string, Pieces>;
}

/** Datapoints a call, and of a slot in all: beyond that, reading windows is as good. */
const [perCall, most] = [100_000, 4_000_000];

/** Everything appended to a shard since the cursor. Without one: nothing, and a cursor from now on; that counts as missed, for what was before is unknown. */
export async function gatherNews(store: SeriesStore, shard: number, cursor: string | null, keepGoing: () => Promise<void> | undefined): Promise<News> {
  const pieces = new Map<string, Pick<Series, 'timestamps' | 'values'>[]>();
  let at = cursor ?? (await store.follow(shard, null, 1)).cursor;
  let missed = cursor === null;
  for (let total = 0; ; ) {
    const news = await store.follow(shard, at, perCall);
    missed ||= news.missed;
    for (const series of news.series) {
      total += series.timestamps.length;
      const known = pieces.get(series.metric);
      if (known === undefined) pieces.set(series.metric, [series]);
      else known.push(series);
    }
    const done = news.cursor === at || news.series.length === 0;
    at = news.cursor;
    if (done) return { cursor: at, missed, pieces };
    if (total > most) {
      pieces.clear();
      [total, missed] = [0, true];
    }
    await keepGoing();
  }
}

/** What waited and what came, in order of time; of equal timestamps the one that came last. */
export function merged(pending: Pending | undefined, pieces: Pieces): Pick<Series, 'timestamps' | 'values'> {
  if (pending === undefined && pieces.length === 1) return pieces[0]!;
  const all = [...(pending ? [pending] : []), ...pieces].flatMap(({ timestamps, values }) => Array.from(timestamps, (timestamp, i) => ({ timestamp, value: values[i]! })));
  const byTime = new Map(all.map((one) => [one.timestamp, one.value]));
  const timestamps = Float64Array.from(byTime.keys()).sort();
  return { timestamps, values: timestamps.map((timestamp) => byTime.get(timestamp)!) };
}
