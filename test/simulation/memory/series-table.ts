import { type MetricSpan, type Series, shardOf, type ShardNames, type ShardNews, SkylarkError, type Window } from '@skylark/core';

export interface NamedPoint {
  readonly metric: string;
  readonly timestamp: number;
  readonly value: number;
}

interface LoggedPoint extends NamedPoint {
  readonly sequence: number;
  readonly arrived: number;
}

/** Ascending by time. */
interface Columns {
  readonly timestamps: number[];
  readonly values: number[];
}

const nothing: Columns = { timestamps: [], values: [] };

interface Shard {
  version: number;
  readonly names: Set<string>;
  log: LoggedPoint[];
  /** Of the next datapoint. */
  next: number;
}

/** `SeriesStore` as maps: each call is one step. */
export interface SeriesTable {
  append(points: readonly NamedPoint[]): void;
  read(metrics: readonly string[], window: Window): Series[];
  list(shard: number, known?: number): ShardNames | null;
  spans(metrics: readonly string[]): MetricSpan[];
  remove(metrics: readonly string[]): number;
  follow(shard: number, cursor: string | null, limit: number): ShardNews;
  maintain(shard: number, now: number): void;
  /** Followers have missed all of a shard's log that they have not read. */
  seal(shard: number): void;
  metrics(): number;
}

const hour = 3600;

export interface SeriesTableOptions {
  readonly shards: number;
  readonly retentionSeconds: number | null;
  readonly now: () => number;
}

export function createSeriesTable({ shards, retentionSeconds, now }: SeriesTableOptions): SeriesTable {
  const points = new Map<string, Columns>();
  const all: Shard[] = Array.from({ length: shards }, () => ({ version: 1, names: new Set(), log: [], next: 1 }));
  const shardAt = (shard: number): Shard => {
    const found = all[shard];
    if (found === undefined) throw new SkylarkError('bad-request', `shard ${shard}`);
    return found;
  };
  const shardFor = (metric: string): Shard => all[shardOf(metric, shards)]!;
  const write = ({ metric, timestamp, value }: NamedPoint): void => {
    const shard = shardFor(metric);
    let own = points.get(metric);
    if (own === undefined) {
      points.set(metric, (own = { timestamps: [], values: [] }));
      shard.names.add(metric);
      shard.version += 1;
    }
    put(own, timestamp, value);
    shard.log.push({ metric, timestamp, value, sequence: shard.next++, arrived: now() });
  };
  const forget = (metric: string): boolean => {
    const shard = shardFor(metric);
    if (!points.delete(metric)) return false;
    shard.names.delete(metric);
    shard.version += 1;
    shard.log = shard.log.filter((point) => point.metric !== metric);
    return true;
  };
  const expire = (metric: string, before: number): void => {
    const { timestamps, values } = points.get(metric)!;
    const old = firstWhere(timestamps.length, (i) => (Math.floor(timestamps[i]! / hour) + 1) * hour > before);
    timestamps.splice(0, old);
    values.splice(0, old);
    if (timestamps.length === 0) forget(metric);
  };
  return {
    append: (batch) => batch.forEach(write),
    read: (metrics, { from, until }) => metrics.map((metric) => {
      const { timestamps, values } = points.get(metric) ?? nothing;
      const first = below(timestamps, from);
      const end = Math.max(first, below(timestamps, until));
      return { metric, timestamps: Float64Array.from(timestamps.slice(first, end)), values: Float64Array.from(values.slice(first, end)) };
    }),
    list(index, known) {
      const { version, names } = shardAt(index);
      return version === known ? null : { version, metrics: [...names].sort() };
    },
    spans: (metrics) => metrics.map((metric) => {
      const { timestamps } = points.get(metric) ?? nothing;
      return { metric, firstTimestamp: timestamps[0] ?? null, lastTimestamp: timestamps.at(-1) ?? null };
    }),
    remove: (metrics) => metrics.filter(forget).length,
    follow(index, cursor, limit) {
      const { log, next } = shardAt(index);
      if (cursor !== null && !/^\d+$/.test(cursor)) throw new SkylarkError('bad-request', `cursor ${cursor}`);
      const since = cursor === null ? next : Number(cursor);
      const start = firstWhere(log.length, (i) => log[i]!.sequence >= since);
      const news = log.slice(start, start + limit);
      const missed = since < next && since < (log[0]?.sequence ?? next);
      return { cursor: String((news.at(-1)?.sequence ?? (missed ? next : since) - 1) + 1), series: grouped(news), missed };
    },
    maintain(index, at) {
      const shard = shardAt(index);
      shard.log = shard.log.filter(({ arrived }) => arrived >= at - hour);
      if (retentionSeconds !== null) for (const metric of [...shard.names]) expire(metric, at - retentionSeconds);
    },
    seal: (index) => void (shardAt(index).log = []),
    metrics: () => points.size,
  };
}

function grouped(news: readonly NamedPoint[]): Series[] {
  const byMetric = new Map<string, Columns>();
  for (const { metric, timestamp, value } of news) {
    if (!byMetric.has(metric)) byMetric.set(metric, { timestamps: [], values: [] });
    put(byMetric.get(metric)!, timestamp, value);
  }
  return [...byMetric].map(([metric, { timestamps, values }]) => ({ metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) }));
}

/** In its place by time; of equal times the last written stays. */
function put({ timestamps, values }: Columns, timestamp: number, value: number): void {
  const isNewest = timestamps.length === 0 || timestamp > timestamps.at(-1)!;
  const place = isNewest ? timestamps.length : below(timestamps, timestamp);
  const isThere = timestamps[place] === timestamp;
  timestamps.splice(place, isThere ? 1 : 0, timestamp);
  values.splice(place, isThere ? 1 : 0, value);
}

const below = (column: readonly number[], limit: number): number => firstWhere(column.length, (i) => column[i]! >= limit);

/** The first place from which on `holds`; the length if nowhere. */
function firstWhere(length: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
