import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backend, HealthCheck } from '@skylark/core';
import { openEmbedded } from '@skylark/storage/embedded';
import { afterEach } from 'vitest';
import { keepingLogger, movableClock } from '../../packages/storage/contract/backend-under-test.js';

const script = fileURLToPath(new URL('storage-writer.mjs', import.meta.url));
const base = 470_000 * 3600;

export interface WriterOptions {
  readonly from?: number;
  readonly until?: number;
  readonly metrics?: number;
  readonly sealEvery?: number;
  readonly pauseMs?: number;
  readonly fields?: number;
}

export interface Writer {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Highest batch it acknowledged; -1 for none. */
  acked(): number;
  /** Highest batch whose state record and anomaly it acknowledged as well. */
  rest(): number;
  until(check: (lines: string[]) => boolean, withinMs?: number): Promise<void>;
  /** Health, datapoints of the first metric, and what a write of another client in the process comes to. */
  health(): Promise<{ checks: HealthCheck[]; otherThread: string; read: number }>;
  /** The writer's own pid: the child may be a tracer. */
  pid(): number;
  readonly ended: Promise<number | null>;
}

/** `storage-writer.mjs` in its own process, perhaps under another command. */
export function startWriter(folder: string, options: WriterOptions = {}, under: readonly string[] = []): Writer {
  const [command, ...rest] = [...under, process.execPath, script, folder, JSON.stringify(options)];
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let open = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (open + chunk.toString()).split('\n');
    open = parts.pop()!;
    lines.push(...parts);
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  let isOver = false;
  void ended.then(() => (isOver = true));
  const highest = (word: string): number => lines.reduce((most, line) => (line.startsWith(`${word} `) ? Math.max(most, Number(line.slice(word.length + 1))) : most), -1);
  const until = async (check: (lines: string[]) => boolean, withinMs = 20_000): Promise<void> => {
    const end = Date.now() + withinMs;
    while (!check(lines)) {
      if (Date.now() > end || isOver) throw new Error(`waited in vain; it said ${lines.slice(-5).join(' | ')} ${errors.slice(-500)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const pid = (): number => highest('pid');
  return {
    child, lines, ended, until, pid,
    acked: () => highest('ack'),
    rest: () => highest('rest'),
    async health() {
      const before = lines.length;
      process.kill(pid(), 'SIGUSR2');
      const answer = (): string | undefined => lines.slice(before).find((line) => line.startsWith('health '));
      await until(() => answer() !== undefined);
      return JSON.parse(answer()!.slice('health '.length)) as { checks: HealthCheck[]; otherThread: string; read: number };
    },
  };
}

/** Fresh folders, removed after each test; children still running then are ended by their pid. */
export function folders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'skylark-storage-'));
    made.push(folder);
    return folder;
  };
}

export interface OpenedStore {
  readonly backend: Backend;
  readonly logger: ReturnType<typeof keepingLogger>;
}

export async function openStore(folder: string): Promise<OpenedStore> {
  const logger = keepingLogger();
  return { logger, backend: await openEmbedded({ folder, retentionSeconds: null, clock: movableClock(), logger, shards: 8 }) };
}

export interface Batches {
  /** Batches of which every datapoint is there. */
  readonly whole: Set<number>;
  /** Batches of which some, but not all are there: must never be. */
  readonly partial: number[];
  /** Datapoints that the writer never wrote. */
  readonly invented: number;
}

/** What a store has of the writer's batches. */
export async function batchesIn(backend: Backend, metrics = 40): Promise<Batches> {
  const names = Array.from({ length: metrics }, (_, i) => `metric.${i}`);
  const counts = new Map<number, number>();
  let invented = 0;
  for (const [i, { timestamps, values }] of (await backend.series.read(names, { from: 0, until: 2 ** 32 })).entries()) {
    timestamps.forEach((timestamp, k) => {
      const n = (timestamp - base) / 10;
      if (!Number.isInteger(n) || values[k] !== n * 1000 + i) invented += 1;
      else counts.set(n, (counts.get(n) ?? 0) + 1);
    });
  }
  return {
    whole: new Set([...counts].filter(([, count]) => count === metrics).map(([n]) => n)),
    partial: [...counts].filter(([, count]) => count !== metrics).map(([n]) => n),
    invented,
  };
}

export const missing = (whole: ReadonlySet<number>, upTo: number): number[] => Array.from({ length: upTo + 1 }, (_, n) => n).filter((n) => !whole.has(n));

/** mulberry32; its seed is what a failing test prints. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
