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
  const points = new Map<string, Map<number, number>>();
  const sorted = new Map<string, Series>();
  const all: Shard[] = Array.from({ length: shards }, () => ({ version: 1, names: new Set(), log: [], next: 1 }));
  const shardAt = (shard: number): Shard => {
    const found = all[shard];
    if (found === undefined) throw new SkylarkError('bad-request', `shard ${shard}`);
    return found;
  };
  const shardFor = (metric: string): Shard => all[shardOf(metric, shards)]!;
  const columns = (metric: string): Series => {
    const cached = sorted.get(metric);
    if (cached !== undefined) return cached;
    const pairs = [...(points.get(metric) ?? [])].sort(([a], [b]) => a - b);
    const made = { metric, timestamps: Float64Array.from(pairs, ([at]) => at), values: Float64Array.from(pairs, ([, value]) => value) };
    sorted.set(metric, made);
    return made;
  };
  const write = ({ metric, timestamp, value }: NamedPoint): void => {
    const shard = shardFor(metric);
    let own = points.get(metric);
    if (own === undefined) {
      points.set(metric, (own = new Map<number, number>()));
      shard.names.add(metric);
      shard.version += 1;
    }
    own.set(timestamp, value);
    sorted.delete(metric);
    shard.log.push({ metric, timestamp, value, sequence: shard.next++, arrived: now() });
  };
  const forget = (metric: string): boolean => {
    const shard = shardFor(metric);
    if (!points.delete(metric)) return false;
    sorted.delete(metric);
    shard.names.delete(metric);
    shard.version += 1;
    shard.log = shard.log.filter((point) => point.metric !== metric);
    return true;
  };
  const expire = (metric: string, before: number): void => {
    const own = points.get(metric)!;
    const old = [...own.keys()].filter((at) => (Math.floor(at / hour) + 1) * hour <= before);
    for (const at of old) own.delete(at);
    if (old.length > 0) sorted.delete(metric);
    if (own.size === 0) forget(metric);
  };
  return {
    append: (batch) => batch.forEach(write),
    read: (metrics, { from, until }) => metrics.map((metric) => {
      const { timestamps, values } = columns(metric);
      const [first, end] = [below(timestamps, from), Math.max(below(timestamps, from), below(timestamps, until))];
      return { metric, timestamps: timestamps.slice(first, end), values: values.slice(first, end) };
    }),
    list(index, known) {
      const { version, names } = shardAt(index);
      return version === known ? null : { version, metrics: [...names].sort() };
    },
    spans: (metrics) => metrics.map((metric) => {
      const { timestamps } = columns(metric);
      return { metric, firstTimestamp: timestamps[0] ?? null, lastTimestamp: timestamps.at(-1) ?? null };
    }),
    remove: (metrics) => metrics.filter(forget).length,
    follow(index, cursor, limit) {
      const { log, next } = shardAt(index);
      if (cursor !== null && !/^\d+$/.test(cursor)) throw new SkylarkError('bad-request', `cursor ${cursor}`);
      const since = cursor === null ? next : Number(cursor);
      const news = log.filter(({ sequence }) => sequence >= since).slice(0, limit);
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
  const byMetric = new Map<string, Map<number, number>>();
  for (const { metric, timestamp, value } of news) byMetric.set(metric, (byMetric.get(metric) ?? new Map<number, number>()).set(timestamp, value));
  return [...byMetric].map(([metric, own]) => {
    const pairs = [...own].sort(([a], [b]) => a - b);
    return { metric, timestamps: Float64Array.from(pairs, ([at]) => at), values: Float64Array.from(pairs, ([, value]) => value) };
  });
}

function below(column: Float64Array, limit: number): number {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
