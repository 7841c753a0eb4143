import type { Clock, SeriesStore } from '@skylark/core';
import { mergeSorted } from './merge-sorted.js';

/** Skylark's own metrics; left out unless asked for. */
export const internalPrefix = 'skylark.';

export interface NameSelection {
  /** With Skylark's own `skylark.*`. */
  readonly internal: boolean;
}

/** All names of a store, sorted. The arrays keep their identity as long as nothing changed, so that what is computed of them can be kept. */
export interface NameDirectory {
  names(selection: NameSelection): Promise<readonly string[]>;
  has(metric: string): Promise<boolean>;
}

/** Up to so many names every request sees all that was appended before it ... */
const alwaysFreshNames = 50_000;
/** ... beyond, names that keep changing are gathered anew this often at most, per name: a hundred thousand once a second, at some 10 % of a core. */
const pauseMsPerName = 0.01;

interface Names {
  readonly all: readonly string[];
  readonly external: readonly string[];
}

/**
 * Asks the store for names only when they are asked for, only for the shards whose version changed, and once for all who wait.
 *
 * @example await createNameDirectory({ series: backend.series, clock }).has('web.cpu')
 */
export function createNameDirectory({ series, clock }: { series: SeriesStore; clock: Clock }): NameDirectory {
  const shards: { version: number | undefined; metrics: readonly string[] }[] = Array.from({ length: series.shards }, () => ({ version: undefined, metrics: [] }));
  let names: Names = { all: [], external: [] };
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  return {
    async names({ internal }) {
      await refresh();
      return internal ? names.all : names.external;
    },
    async has(metric) {
      await refresh();
      return includesSorted(names.all, metric);
    },
  };

  /** A look that began before the request may have missed its names: wait for the one after it, together with all others who came meanwhile. */
  function refresh(): Promise<void> {
    if (clock.elapsedMs() < freshUntilMs) return Promise.resolve();
    if (!running && !next) return (running = look().finally(() => (running = null)));
    next ??= Promise.resolve(running).catch(() => undefined).then(() => {
      next = null;
      return (running = look().finally(() => (running = null)));
    });
    return next;
  }

  async function look(): Promise<void> {
    const changed = await Promise.all(shards.map(async (shard, index) => ({ shard, listed: await series.list(index, shard.version) })));
    const news = changed.filter(({ listed }) => listed !== null);
    for (const { shard, listed } of news) if (listed) Object.assign(shard, { version: listed.version, metrics: listed.metrics });
    if (news.length === 0) return;
    const all = await mergeSorted(shards.map(({ metrics }) => metrics));
    names = { all, external: withoutInternal(all) };
    if (all.length > alwaysFreshNames) freshUntilMs = clock.elapsedMs() + all.length * pauseMsPerName;
  }
}

/** Whether a metric is one of Skylark's own. */
export function isInternal(metric: string): boolean {
  return metric.startsWith(internalPrefix);
}

/** Whether a query asks for Skylark's own metrics by itself: `skylark`, `=skylark.x`, `/^skylark/`. */
export function asksForInternal(query: string): boolean {
  return /^[=/^]*skylark/.test(query);
}

function withoutInternal(all: readonly string[]): readonly string[] {
  const start = lowerBound(all, internalPrefix);
  let end = start;
  while (end < all.length && isInternal(all[end] ?? '')) end++;
  return start === end ? all : [...all.slice(0, start), ...all.slice(end)];
}

function includesSorted(sorted: readonly string[], text: string): boolean {
  return sorted[lowerBound(sorted, text)] === text;
}

function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
