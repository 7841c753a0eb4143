import { type Backend, type Clock, type PutFailure, SkylarkError } from '@skylark/core';
import type { Generation } from './index-table.js';
import type { MemoryStore } from './memory-store.js';
import type { NamedPoint } from './series-table.js';
import { startWorker, type RunningWorker } from './worker.js';

export type PortName = 'series' | 'log' | 'index' | 'collections' | 'queue' | 'state' | 'snapshots';

/** One call on its way to the servers: `operation` is what happens there, in one step. */
export interface PortCall<Answer> {
  readonly port: PortName;
  readonly method: string;
  /** What it is about, for a trace. */
  readonly about: readonly unknown[];
  readonly operation: () => Answer;
}

/** Carries a call to the servers and its answer back: at once, or late, or in part. */
export type Carry = <Answer>(call: PortCall<Answer>) => Promise<Answer>;

export interface MemoryClientOptions {
  readonly store: MemoryStore;
  readonly clock: Clock;
  readonly carry?: Carry;
  /** How the servers' news reach this client. */
  readonly deliver?: (wake: () => void) => void;
}

const atOnce: Carry = async ({ operation }) => operation();
const closingMs = 5000;
/** A reason of its own spares every abort the making of an error. */
const because = 'woken';

/** A client of a memory store: the ports as a process has them, all through `carry`. */
export function openMemory({ store, clock, carry = atOnce, deliver = (wake) => wake() }: MemoryClientOptions): Backend {
  let closed = false;
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const workers = new Set<RunningWorker>();
  const waiting = new Set<() => void>();
  const wake = (): void => deliver(() => [...waiting].forEach((one) => one()));
  store.listeners.add(wake);

  const on = (port: PortName) => async <Answer>(method: string, about: readonly unknown[], operation: () => Answer): Promise<Answer> => {
    if (closed) throw new SkylarkError('store-closed');
    return carry({ port, method, about, operation });
  };
  const [series, log, index, collections, queue, state, snapshots] = [on('series'), on('log'), on('index'), on('collections'), on('queue'), on('state'), on('snapshots')];
  const pointsOf: (batch: Parameters<Backend['series']['append']>[0]) => NamedPoint[] = ({ handles, timestamps, values, length }) => Array.from({ length }, (_, i) => {
    const metric = names[handles[i]!];
    if (metric === undefined) throw new SkylarkError('bad-request', `handle ${handles[i]}`);
    return { metric, timestamp: timestamps[i]!, value: values[i]! };
  });

  return {
    kind: 'servers',
    series: {
      shards: store.shards,
      async handles(metrics) {
        return Uint32Array.from(metrics, (metric) => {
          if (!numbers.has(metric)) numbers.set(metric, names.push(metric) - 1);
          return numbers.get(metric)!;
        });
      },
      async append(batch) {
        const points = pointsOf(batch);
        return series('append', [points.length], () => store.series.append(points));
      },
      read: (metrics, window) => series('read', [...metrics.slice(0, 4), window], () => store.series.read(metrics, window)),
      list: (shard, known) => series('list', [shard, known], () => store.series.list(shard, known)),
      spans: (metrics) => series('spans', metrics, () => store.series.spans(metrics)),
      remove: (metrics) => series('remove', metrics, () => store.series.remove(metrics)),
      follow: (shard, cursor, limit) => series('follow', [shard, cursor, limit], () => store.series.follow(shard, cursor, limit)),
      maintain: (shard, now) => series('maintain', [shard, now], () => store.series.maintain(shard, now)),
    },
    anomalies: {
      record: (findings, fence) => log('record', [findings, fence], () => store.log.record(findings, fence)),
      annotate: (id, change, now) => log('annotate', [id, change], () => store.log.annotate(id, change, now)),
      get: (id) => log('get', [id], () => store.log.get(id)),
      query: (query) => log('query', [query.state, query.from], () => store.log.query(query)),
      remove: (selection) => log('remove', [selection], () => store.log.remove(selection)),
      async follow(cursor, limit, waitMs, signal) {
        const until = clock.elapsedMs() + waitMs;
        for (;;) {
          const woken = new AbortController();
          const stop = (): void => woken.abort(because);
          waiting.add(stop);
          try {
            const now = await log('follow', [cursor, limit], () => store.log.after(cursor, limit));
            const left = until - clock.elapsedMs();
            if (now.events.length > 0 || now.missed || cursor === null || left <= 0 || signal?.aborted === true) return now;
            signal?.addEventListener('abort', stop, { once: true });
            await clock.sleep(left, woken.signal);
          } finally {
            waiting.delete(stop);
            signal?.removeEventListener('abort', stop);
          }
        }
      },
    },
    index: {
      async put(documents, asOf = clock.now()) {
        return index('put', [documents, asOf], () => store.index.put(documents, asOf));
      },
      get: (ids) => index('get', ids, () => store.index.get(ids)),
      candidates: (query, page) => index('candidates', [query.by, page], () => store.index.candidates(query, page)),
      async replace(name, batches) {
        const begun = await index('begin', [name], () => store.index.begin());
        const generation: Generation = new Map();
        const failures: PutFailure[] = [];
        for await (const batch of batches) failures.push(...(await index('fill', [batch], () => store.index.put(batch, clock.now(), generation))));
        await index('swap', [name, generation.size], () => store.index.swap(name, generation, begun));
        return { documents: generation.size, failures };
      },
      remove(selection) {
        const asOf = clock.now();
        return index('remove', [selection], () => store.index.remove(selection, asOf));
      },
      count: () => index('count', [], () => store.index.count()),
    },
    collections: {
      put: (collection, expected) => collections('put', [collection.id], () => store.collections.put(collection, expected)),
      get: (id) => collections('get', [id], () => store.collections.get(id)),
      list: (page) => collections('list', [page], () => store.collections.list(page)),
      delete: (id) => collections('delete', [id], () => store.collections.delete(id)),
    },
    queue: {
      add: (name, jobs) => queue('add', [name, ...jobs.map(({ id }) => id)], () => store.jobs.add(name, jobs)),
      work(name, handler, { concurrency }) {
        const worker = startWorker({
          clock, handler, concurrency,
          claim: (limit) => queue('claim', [name], () => store.jobs.claim(name, limit)),
          hold: (one) => queue('hold', [name, one.id], () => store.jobs.hold(name, one)),
          finish: (one) => queue('finish', [name, one.id, one.succeeded], () => store.jobs.finish(name, one)),
        });
        workers.add(worker);
        waiting.add(worker.wake);
        return {
          async close() {
            await worker.close();
            workers.delete(worker);
            waiting.delete(worker.wake);
          },
        };
      },
      counts: (name) => queue('counts', [name], () => store.jobs.counts(name)),
      discard: (name, predicate) => queue('discard', [name], () => store.jobs.discard(name, predicate)),
    },
    state: {
      get: (key) => state('get', [key], () => store.state.get(key)),
      set: (key, value, expected, fence) => state('set', [key, value, expected, fence], () => store.state.set(key, value, expected, fence)),
      delete: (key) => state('delete', [key], () => store.state.delete(key)),
      list: (prefix) => state('list', [prefix], () => store.state.list(prefix)),
      acquire: (lease, holder, ttlSeconds, now) => state('acquire', [lease, holder], () => store.state.acquire(lease, holder, ttlSeconds, now)),
      release: (fence) => state('release', [fence], () => store.state.release(fence)),
    },
    snapshots: {
      read: (key) => snapshots('read', [key], () => store.snapshots.read(key)),
      write: (key, bytes, fence) => snapshots('write', [key, bytes.length, fence], () => store.snapshots.write(key, bytes, fence)),
      delete: (key) => snapshots('delete', [key], () => store.snapshots.delete(key)),
    },
    health: async () => ['store', 'durability', 'index', 'queue'].map((name) => ({ name, ok: !closed })),
    stats: async () => ({ metrics: store.series.metrics(), bytes: 1 }),
    samples: () => [],
    async close() {
      for (const worker of workers) worker.abort();
      const ended = Promise.all([...workers].map((worker) => worker.close()));
      await Promise.race([ended, clock.sleep(closingMs)]);
      store.listeners.delete(wake);
      closed = true;
    },
  };
}
