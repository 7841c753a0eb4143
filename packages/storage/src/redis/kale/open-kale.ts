import type { Series } from '@skylark/core';
import type { Redis } from 'ioredis';
import { connectKale } from './connect-kale.js';
import { type KaleNamespaces, skylineNamespaces, uniqueKey } from './kale-keys.js';
import { type KaleSlice, readKale } from './read-kale.js';
import { writeKale } from './write-kale.js';

export interface KaleOptions {
  /** `redis://[:password@]host:port[/db]` or `rediss://`. */
  readonly url: string;
  /** Default: Skyline's own. */
  readonly namespaces?: KaleNamespaces;
}

/** What a Redis of Skyline's holds. */
export interface Kale {
  /** How many metrics the sets of names hold; about, where some are in one of both only. */
  count(): Promise<number>;
  /**
   * Every metric's datapoints, in slices of a few MiB: first `mini`, then `full`, each in the order they stand there, sorted within a slice. Written in this order, what is
   * stored last is what Skyline holds. A slice without datapoints says what was wrong.
   */
  read(): AsyncGenerator<KaleSlice>;
  /**
   * Puts metrics in, whole: what was under their names is replaced. Datapoints from `miniFrom` on are in `mini.*` as well.
   */
  write(series: readonly Series[], miniFrom: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a Redis as Skyline uses it: `metrics.<name>` and `mini.<name>` (the last hour, for Oculus), each a string of msgpack pairs; the sets `metrics.unique_metrics` and
 * `mini.unique_metrics` hold the keys. Source: Skyline's `src/horizon/worker.py` and `roomba.py`. Needs Redis 2.8 or newer.
 *
 * @throws SkylarkError `unreachable` (also for a wrong password), never with the password in it
 * @example for await (const { series } of (await openKale({ url: 'redis://127.0.0.1:6379' })).read()) await keep(series);
 */
export async function openKale({ url, namespaces = skylineNamespaces }: KaleOptions): Promise<Kale> {
  const client: Redis = await connectKale(url);
  return {
    async count() {
      const [full, mini] = await Promise.all([client.scard(uniqueKey(namespaces.full)), client.scard(uniqueKey(namespaces.mini))]);
      return Math.max(full, mini);
    },
    read: () => readKale(client, namespaces),
    write: (series, miniFrom) => writeKale(client, namespaces, { series, miniFrom }),
    close: async () => client.disconnect(),
  };
}
