import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, type Backend, type IngestProtocol, type Logger, type Series, type SeriesStore } from '@skylark/core';
import { createIntake, type Intake, type IntakeOptions, type IntakeRules } from '@skylark/horizon';
import { openEmbedded } from '@skylark/storage/embedded';
import { realClock } from '../clock.js';

export interface Horizon {
  readonly intake: Intake;
  readonly backend: Backend;
  /** All datapoints of these metrics, as [timestamp, value]. */
  read(...metrics: string[]): Promise<[number, number][][]>;
  /** Closes listeners given to `closing`, then intake and store; removes the data. */
  end(): Promise<void>;
  readonly closing: { close(): Promise<void> }[];
}

export const openRules: IntakeRules = { skip: [], keep: [], maxAgeSeconds: null, maxFutureSeconds: 600, maxNameBytes: 1024, maxMetrics: 2_000_000, newMetricsPerMinute: null };

export interface HorizonOptions extends Partial<Omit<IntakeOptions, 'store' | 'rules'>> {
  readonly rules?: Partial<IntakeRules>;
  /** Puts something between intake and store. */
  readonly between?: (store: SeriesStore) => SeriesStore;
  readonly logger?: Logger;
}

/** A real embedded store in a fresh folder with an intake before it. */
export async function openHorizon({ rules = {}, between = (store) => store, ...options }: HorizonOptions = {}): Promise<Horizon> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-horizon-'));
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock: realClock, logger: silentLogger });
  const intake = await createIntake({ store: between(backend.series), clock: realClock, logger: silentLogger, flushMs: 20, ...options, rules: { ...openRules, ...rules } });
  const closing: { close(): Promise<void> }[] = [];
  return {
    intake,
    backend,
    closing,
    async read(...metrics) {
      const series = await backend.series.read(metrics, { from: 0, until: 2 ** 32 });
      return series.map(pointsOf);
    },
    async end() {
      await Promise.all(closing.map((listener) => listener.close()));
      await intake.close();
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function pointsOf({ timestamps, values }: Series): [number, number][] {
  return Array.from(timestamps, (timestamp, index) => [timestamp, values[index] ?? NaN]);
}

export interface Tally {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  /** By reason, rejected and dropped together. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The ingest counters of one protocol. */
export function tally({ intake }: Pick<Horizon, 'intake'>, protocol: IngestProtocol): Tally {
  const samples = intake.samples().filter(({ labels }) => labels['protocol'] === protocol);
  const sum = (name: string): number => samples.filter((sample) => sample.name === `skylark_ingest_${name}_total`).reduce((total, { value }) => total + value, 0);
  const reasons = Object.fromEntries(samples.flatMap(({ labels, value }) => (labels['reason'] === undefined ? [] : [[labels['reason'], value]])));
  return { received: sum('received'), accepted: sum('accepted'), rejected: sum('rejected'), dropped: sum('dropped'), reasons };
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 20_000): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(10)) if (await condition()) return;
  throw new Error(`not within ${withinMs} ms: ${what}`);
}

export async function connectTo(address: { readonly host: string; readonly port: number }): Promise<Socket> {
  const socket = connect(address);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => undefined);
  return socket;
}

/** Sends bytes on a connection of their own and waits until the other side has closed it too. */
export async function sendOnce(address: { readonly host: string; readonly port: number }, bytes: Uint8Array | string): Promise<void> {
  const socket = await connectTo(address);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume().end(bytes);
  await closed;
}

/** A port that was free a moment ago, for programs that cannot take port 0. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
