import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Anomaly, type Backend, type Clock, type Series, silentLogger } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';

/** Time that a test moves. `sleep` ends when time was moved far enough. */
export interface MovedClock extends Clock {
  /** Moves both clocks, in steps that let sleepers run. */
  advance(seconds: number): Promise<void>;
  /** Time that passes while nobody can run: work that takes long. */
  stall(seconds: number): void;
  /** Sets the wall clock alone, as an administrator would. */
  setBack(seconds: number): void;
}

export function createMovedClock(start: number): MovedClock {
  let [wall, monotonicMs] = [start, 0];
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  return {
    now: () => wall,
    elapsedMs: () => monotonicMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        if (ms <= 0) return void setImmediate(resolve);
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { untilMs: monotonicMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    async advance(seconds) {
      const untilMs = monotonicMs + seconds * 1000;
      while (monotonicMs < untilMs) {
        const stepMs = Math.min(1000, untilMs - monotonicMs);
        monotonicMs += stepMs;
        wall += stepMs / 1000;
        for (const { wake, untilMs: due } of [...sleepers]) if (due <= monotonicMs) wake();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    stall(seconds) {
      monotonicMs += seconds * 1000;
      wall += seconds;
    },
    setBack(seconds) {
      wall -= seconds;
    },
  };
}

const realClock: Clock = {
  now: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
    }),
};

export interface TestStore extends AsyncDisposable {
  readonly backend: Backend;
  append(...series: readonly Series[]): Promise<void>;
  anomalies(): Promise<readonly Anomaly[]>;
  close(): Promise<void>;
}

/** The embedded backend on a fresh folder, for ever, on the real clock. */
export async function openTestStore(shards = 1): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'skylark-analyzer-'));
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock: realClock, logger: silentLogger, shards });
  const close = async (): Promise<void> => {
    await backend.close();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    backend,
    close,
    [Symbol.asyncDispose]: close,
    async append(...series) {
      const handles = await backend.series.handles(series.map(({ metric }) => metric));
      for (const [i, { timestamps, values }] of series.entries()) {
        await backend.series.append({ handles: new Uint32Array(timestamps.length).fill(handles[i]!), timestamps, values, length: timestamps.length });
      }
    },
    anomalies: async () => (await backend.anomalies.query({ state: 'all', limit: 1000 })).anomalies,
  };
}

/** Lets time pass until a promise is settled. */
export async function whileTimePasses<Result>(clock: MovedClock, promise: Promise<Result>): Promise<Result> {
  const moving = setInterval(() => void clock.advance(1), 5);
  return promise.finally(() => clearInterval(moving));
}

/** Lets time pass, second by second, until something is so; in real time the others get their turns. */
export async function passUntil(clock: MovedClock, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(async () => {
    if (await holds()) return true;
    await clock.advance(1);
    return false;
  });
}

/** Waits in real time for what other tasks do. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`did not come true: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A quiet metric every `every` seconds in `[from, until)`, and `value` instead during `[burst[0], burst[1])`. */
export function quietSeries(metric: string, { from, until, every = 60, burst = [Infinity, Infinity], value = 500 }: { from: number; until: number; every?: number; burst?: readonly [number, number]; value?: number }): Series {
  const timestamps = Float64Array.from({ length: Math.ceil((until - from) / every) }, (_, i) => from + i * every);
  const noise = (i: number): number => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  const values = timestamps.map((timestamp, i) => (timestamp >= burst[0] && timestamp < burst[1] ? value + noise(i) : 100 + 5 * Math.sin(i / 30) + noise(i)));
  return { metric, timestamps, values };
}
