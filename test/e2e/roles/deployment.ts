import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, Clock } from '@skylark/core';
import { silentLogger } from '@skylark/core';
import { openServers } from '@skylark/storage/servers';
import { type RunningProduct, startSkylark } from '../../product.js';

export const roleNames = ['horizon-1', 'horizon-2', 'analyzer-1', 'analyzer-2', 'importer', 'api'] as const;
export type RoleName = (typeof roleNames)[number];

export interface DeploymentOptions {
  readonly redisUrl: string;
  readonly elasticsearch: string;
  /** Of this deployment alone, on servers that others use too. */
  readonly prefix: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Roles as processes on real servers, and a way to look behind them. */
export interface Deployment {
  /** A running role. */
  role(name: RoleName): RunningProduct;
  start(...names: readonly RoleName[]): Promise<void>;
  /** Starts it again, after its end. */
  restart(name: RoleName, signal: NodeJS.Signals): Promise<{ exitCode: number | null }>;
  /** The same store, as the test's own. */
  readonly store: Backend;
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const clock: Clock = { now: () => Date.now() / 1000, elapsedMs: () => performance.now(), sleep: (ms) => sleep(ms) };

export async function deploy({ redisUrl, elasticsearch, prefix, environment = {} }: DeploymentOptions): Promise<Deployment> {
  const own = { SKYLARK_REDIS__URL: redisUrl, SKYLARK_REDIS__PREFIX: prefix, SKYLARK_ELASTICSEARCH__NODE: elasticsearch, SKYLARK_ELASTICSEARCH__PREFIX: prefix, ...environment };
  const running = new Map<RoleName, RunningProduct>();
  const store = await openServers({ redis: { url: redisUrl, ack: 'local', prefix }, elasticsearch: { node: elasticsearch, prefix }, retentionSeconds: 14 * 86_400, clock, logger: silentLogger });
  const launch = async (name: RoleName): Promise<void> => void running.set(name, await startSkylark({ args: ['--backend', 'servers', '--target', name.replace(/-\d$/, '')], environment: own }));
  const role = (name: RoleName): RunningProduct => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };
  return {
    role,
    start: async (...names) => void (await Promise.all(names.map(launch))),
    async restart(name, signal) {
      const { folder, end } = role(name);
      const exitCode = await end(signal);
      rmSync(folder, { recursive: true, force: true });
      await launch(name);
      return { exitCode };
    },
    store,
    environment: own,
    async stop() {
      await Promise.all([...running.values()].map((one) => one.stop()));
      await store.close();
      for (const path of [`${prefix}-*`, `_index_template/${prefix}-*`]) await fetch(`${elasticsearch}/${path}`, { method: 'DELETE' }).catch(() => undefined);
    },
  };
}

/** Waits until it holds; the name is said when it does not within the time. */
export async function eventually(what: string, withinSeconds: number, holds: () => Promise<boolean> | boolean): Promise<number> {
  const began = performance.now();
  for (;;) {
    let failure: unknown = null;
    if (await Promise.resolve().then(holds).catch((error: unknown) => ((failure = error), false))) return (performance.now() - began) / 1000;
    if (performance.now() - began > withinSeconds * 1000) throw new Error(`${what}: not within ${withinSeconds} s`, { cause: failure });
    await sleep(100);
  }
}
